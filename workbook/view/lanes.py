"""The life of jobs as spans of time: read from their hashes, or from what Redis was asked to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from redis import Redis

from workbook.view.trace import Command, Trace

FIELDS = ("status", "enqueued_at", "started_at", "ended_at")
# A job in one of these has no span that goes on.
FINAL = ("finished", "failed", "stopped", "canceled")


@dataclass(frozen=True)
class Span:
    """A state from `since` to `until` (seconds since 1970; None: it goes on), and the worker of a run."""

    state: str
    since: float
    until: float | None = None
    worker: str = ""


@dataclass
class Lane:
    """One job: its spans in order, its last status, and when runs of it ended without success (`broken`)."""

    name: str
    status: str
    spans: list[Span] = field(default_factory=list)
    broken: list[float] = field(default_factory=list)

    @property
    def times(self) -> list[float]:
        """All moments known of the job."""
        return [time for span in self.spans for time in (span.since, span.until) if time is not None]


def lanes_from_hashes(redis: Redis, job_ids: Sequence[str], prefix: str = "rq") -> list[Lane]:
    """The jobs' last waiting and running, from the raw fields of their hashes (no payload is read).

    A job whose hash is gone gets a lane that says so; what is missing or no time is passed over.
    """
    return [lane_from_hash(redis, job_id, prefix) for job_id in job_ids]


def lane_from_hash(redis: Redis, job_id: str, prefix: str) -> Lane:
    """One job's lane from its hash."""
    status, *raw = redis.hmget(f"{prefix}:job:{job_id}", FIELDS)
    if not status:
        return Lane(job_id, "no such job")
    enqueued, started, ended = map(parse_time, raw)
    lane = Lane(job_id, as_text(status))
    if enqueued is not None:
        lane.spans.append(Span("queued", enqueued, started))
    if started is not None:
        lane.spans.append(Span("started", started, ended))
    return lane


def lanes_from_trace(seen: Trace) -> list[Lane]:
    """All jobs of a trace in the order in which they were first seen, with each retry and each run."""
    lanes: dict[str, Lane] = {}
    for command in seen.commands:
        for job_id, status, worker in changes_of_status(command, seen.prefix):
            lane = lanes.setdefault(job_id, Lane(job_id, ""))
            if status != lane.status:
                change(lane, status, command.time, worker)
    return list(lanes.values())


def changes_of_status(command: Command, prefix: str) -> Iterator[tuple[str, str, str]]:
    """Job id, new status and worker, where a command writes a job's status."""
    start = f"{prefix}:job:"
    if command.name == "HSET" and command.words[1].startswith(start):
        fields = dict(zip(command.words[2::2], command.words[3::2], strict=False))
        if status := fields.get("status"):
            yield command.words[1][len(start) :], status, fields.get("worker_name", "")


def change(lane: Lane, status: str, time: float, worker: str) -> None:
    """Carry a job over into another state: its span ends, and a new one begins unless the state is final."""
    if lane.spans and lane.spans[-1].until is None:
        ended = lane.spans[-1]
        lane.spans[-1] = Span(ended.state, ended.since, time, ended.worker)
        if ended.state == "started" and status != "finished":
            lane.broken.append(time)
    lane.status = status
    if status not in FINAL:
        lane.spans.append(Span(status, time, worker=worker))


def as_text(raw: bytes | str) -> str:
    """What a client returned, with decode_responses or without."""
    return raw.decode(errors="replace") if isinstance(raw, bytes) else raw


def parse_time(raw: bytes | str | None) -> float | None:
    """RQ's UTC timestamps, "2026-11-24T10:00:00.123456Z", as seconds since 1970."""
    try:
        return datetime.fromisoformat(as_text(raw)).timestamp() if raw else None
    except ValueError:
        return None
