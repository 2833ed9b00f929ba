"""Laid into the box beside an answer to lab 02 as it is: it runs there, never in the judge's process."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from inside.calls import answer
from redis import Redis
from rq.job import Job


def ask(function: Callable[..., Any], cases: list[list[Any]]) -> list[dict[str, Any]]:
    """What a function says to each case, all in this process; a case is a job's id and further arguments.

    The job is the object that its producer holds, made of the hash that was copied to `before:ID`.
    """
    redis = Redis.from_url(os.environ["REDIS_URL"])
    said = []
    for id, *further in cases:
        job = Job(id, connection=redis)
        job.restore(redis.hgetall(f"before:{id}"))
        said.append(answer(function, job, *further))
    return said


def rows(function: Callable[..., Any], cases: list[list[Any]]) -> list[dict[str, Any]]:
    """What a function says to each row of plain arguments."""
    return [answer(function, *row) for row in cases]


def put_back(id: str) -> None:
    """What `rq requeue` does."""
    Job.fetch(id, connection=Redis.from_url(os.environ["REDIS_URL"])).requeue()


def nothing() -> None:
    """A job that returns None."""


def give(value: Any) -> Any:
    """A job that returns what it was given."""
    return value


def fail(text: str) -> None:
    """A job that fails."""
    raise ConnectionError(text)


def block(key: str) -> None:
    """A job that runs until somebody pushes to a key."""
    Redis.from_url(os.environ["REDIS_URL"]).blpop(key, 600)
