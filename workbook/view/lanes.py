"""The life of jobs as spans of time: read from their hashes, or from what Redis was asked to do (see `runs.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from redis import Redis

from workbook import rq_keys

FIELDS = ("status", "enqueued_at", "started_at", "ended_at")
# A job in one of these has no span that goes on.
FINAL = ("finished", "failed", "stopped", "canceled")
# How a run can end, in words.
ENDS = {
    "finished": "finished",
    "stopped": "stopped",
    "failed": "failed",
    "killed": "work-horse killed",
    "found dead": "worker found dead",
}


@dataclass
class Span:
    """A state from `since` to `until` (seconds since 1970; None: it goes on).

    A run has a number, counted from 1 in each job, and the `worker` that made it. A `retry` follows a run that did not
    finish.
    """

    state: str
    since: float
    until: float | None = None
    worker: str = ""
    run: int = 0
    retry: bool = False


@dataclass(frozen=True)
class Mark:
    """What became of a run, and when: one of ENDS. After "found dead" a run may go on, and end once more."""

    kind: str
    time: float
    span: Span


@dataclass
class Lane:
    """One job: its spans in the order in which they began, what became of its runs, its last status and since when."""

    name: str
    status: str
    spans: list[Span] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    changed: float | None = None

    @property
    def times(self) -> list[float]:
        """All moments known of the job."""
        times = [self.changed, *(time for span in self.spans for time in (span.since, span.until))]
        return [time for time in times if time is not None]

    @property
    def last_words(self) -> str:
        """The last status, and how often the job finished when that was more than once."""
        times = sum(mark.kind == "finished" for mark in self.marks)
        if self.status != "finished" or times < 2:
            return self.status
        return "finished twice" if times == 2 else f"finished {times} times"

    def __str__(self) -> str:
        """What happened, in order, without times and workers' names: "queued, run 1 started, run 1 finished"."""
        begun = [(span.since, 1, f"run {span.run} started" if span.run else span.state) for span in self.spans]
        ended = [(mark.time, 0, f"run {mark.span.run} {ENDS[mark.kind]}") for mark in self.marks]
        events = [words for _, _, words in sorted(begun + ended)]
        if not events or not events[-1].endswith(self.status):
            events.append(self.status)
        return ", ".join(events)


def levels(spans: Sequence[Span]) -> list[int]:
    """For each span the lowest level, from 0, on which no earlier one is still going on."""
    found: list[int] = []
    busy_until: list[float] = []
    for span in spans:
        level = next((level for level, time in enumerate(busy_until) if time <= span.since), len(busy_until))
        busy_until[level : level + 1] = [float("inf") if span.until is None else span.until]
        found.append(level)
    return found


def lanes_from_hashes(redis: Redis, job_ids: Sequence[str], prefix: str = "rq") -> list[Lane]:
    """The jobs' last waiting and running, from the raw fields of their hashes (no payload is read).

    A job whose hash is gone gets a lane that says so; what is missing or no time is passed over.
    """
    return [lane_from_hash(redis, job_id, prefix) for job_id in job_ids]


def lane_from_hash(redis: Redis, job_id: str, prefix: str) -> Lane:
    """One job's lane from its hash."""
    status, *raw = redis.hmget(rq_keys.job(job_id, prefix=prefix), FIELDS)
    if not status:
        return Lane(job_id, "no such job")
    enqueued, started, ended = map(parse_time, raw)
    lane = Lane(job_id, as_text(status))
    if enqueued is not None:
        lane.spans.append(Span("queued", enqueued, started))
    if started is not None:
        lane.spans.append(Span("started", started, ended))
    return lane


def as_text(raw: bytes | str) -> str:
    """What a client returned, with decode_responses or without."""
    return raw.decode(errors="replace") if isinstance(raw, bytes) else raw


def parse_time(raw: bytes | str | None) -> float | None:
    """RQ's UTC timestamps, "2026-11-24T10:00:00.123456Z", as seconds since 1970."""
    try:
        return datetime.fromisoformat(as_text(raw)).timestamp() if raw else None
    except ValueError:
        return None
