"""Laid into the box beside an answer to lab 04 as it is: it runs there, never in the judge's process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from redis import Redis


def each(redis: Redis, function: Callable[..., Any], queue: str, ids: Sequence[str]) -> list[Any]:
    """What a function says of each id, all in this process."""
    return [function(redis, queue, id) for id in ids]
