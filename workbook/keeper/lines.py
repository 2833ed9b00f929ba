"""JSON objects, a line each: how our processes talk to one another. Imports the standard library only."""

from __future__ import annotations

import json
from typing import Any


def as_line(value: Any) -> bytes:
    """A value as a line."""
    return json.dumps(value).encode() + b"\n"


class Lines:
    """Collects what comes in pieces, and gives back what is whole."""

    def __init__(self) -> None:
        self._rest = b""

    def take_in(self, data: bytes) -> list[Any]:
        """The values of the lines that end in `data`. ValueError for a line that is no JSON."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        return [json.loads(line) for line in whole]
