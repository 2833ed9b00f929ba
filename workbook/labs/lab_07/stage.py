"""What the judges of lab 07 share: an answer that is stopped between two steps of its own, and a shop's database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import Any

from workbook.box.box import Box, Exit, IncidentError, Raised
from workbook.check.evidence import places, ran, read_job
from workbook.check.outcome import Finding, expect

MOST_STEPS = 24
Move = Sequence[Any]
"""What a scene is asked to do: see `play` in `scene.py`."""


def play(box: Box, *moves: Move) -> Iterator[Exit]:
    """Let the scene make moves, all in one call; returns how each of them ended, up to the first that hangs."""
    return exits_of(box.call("scene.play", *map(list, moves), portions=len(moves)), len(moves))


def exits_of(exit: Exit, expected: int) -> Iterator[Exit]:
    """The ends of the forks that a call of the scene had, or its own end when that is not as it should be."""
    ends = exit.value
    if exit.how != "finished" or exit.raised or not isinstance(ends, list):
        yield from repeat(exit, max(1, expected))
        return
    for end in ends:
        if end["how"] == "incident":
            raise IncidentError("the machine", "did not let a process of the answer run")
        raised = Raised(**end["raised"]) if end.get("raised") else None
        yield Exit(
            end["how"],
            exit.output,
            end.get("value"),
            raised=raised,
            code=end.get("code", 0),
            busy=bool(end.get("busy")),
        )


def whole(exit: Exit, tried: str) -> list[str]:
    """The steps of a function that was called whole."""
    steps = ran(exit, tried).value
    expect(
        isinstance(steps, list) and len(steps) <= MOST_STEPS,
        Finding(
            tried=tried,
            got="it ran dozens of statements",
            expected="a handful of statements",
            lesson="Each statement is an instant at which the process may die.",
        ),
    )
    return steps


def ended(exit: Exit, tried: str) -> None:
    """A call that was to be killed: whatever came of it, it must not hang."""
    if exit.how == "timeout":
        ran(exit, tried)


def gave_way(exit: Exit, tried: str) -> None:
    """A call that ended well, or was refused by the database as one of two at once may be: a retry comes later."""
    if exit.how != "finished" or (exit.raised and exit.raised.type not in ("OperationalError", "IntegrityError")):
        ran(exit, tried)


def work(box: Box, tried: str) -> None:
    """Let a worker run what is queued."""
    ran(box.work(portions=5), tried)


def read_failure(box: Box) -> str:
    """What the first failed job says, if there is one."""
    failed = places(box.redis).failed
    if not failed:
        return ""
    job = read_job(box.redis, failed[0])
    return f"\na job failed: {job.failure}\n{job.lines}".rstrip()
