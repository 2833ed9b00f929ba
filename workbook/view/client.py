"""Clients of our own beside the reader's, on the same address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis import ConnectionPool, Redis


def client_like(redis: Redis, **settings: Any) -> Redis:
    """A client of the same address with connections of its own, closed with it; `settings` replace those of `redis`."""
    pool = redis.connection_pool
    return Redis.from_pool(
        ConnectionPool(connection_class=pool.connection_class, **{**pool.connection_kwargs, **settings})
    )


@contextmanager
def reading_bytes(redis: Redis) -> Iterator[Redis]:
    """The client itself, or in place of one with decode_responses another that is closed afterwards."""
    if not redis.connection_pool.connection_kwargs.get("decode_responses"):
        yield redis
        return
    with client_like(redis, decode_responses=False) as client:
        yield client
