"""The life of jobs as swim lanes, drawn from the times that RQ wrote into their hashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from redis import Redis

from workbook.view.style import END_MARKERS, STATE_COLORS, TEXT_COLORS, lanes, look, new_figure

ROW_INCHES = 0.4
FIELDS = ("status", "enqueued_at", "started_at", "ended_at")


@dataclass(frozen=True)
class Lane:
    """One job: its status, and the times (seconds since 1970, None: not yet) when it was enqueued, started, ended."""

    job_id: str
    status: str
    enqueued: float | None
    started: float | None
    ended: float | None


def timeline(redis: Redis, job_ids: Sequence[str], title: str, prefix: str = "rq") -> Figure:
    """Draw the jobs' waiting and running, one lane each, from raw hash fields (no payload is read).

    A job that waits or runs still is drawn up to the latest time known; jobs whose hash is gone get an empty lane that
    says so.
    """
    found = [read_lane(redis, job_id, prefix) for job_id in job_ids]
    times = [time for lane in found for time in (lane.enqueued, lane.started, lane.ended) if time is not None]
    begin, end = (min(times), max(times)) if times else (0.0, 1.0)
    span = max(end - begin, 0.001)
    with look():
        figure, axes = new_figure(1.3 + ROW_INCHES * len(found))
        for row, lane in enumerate(found):
            draw_lane(axes, row, lane, begin, end, span)
        lanes(axes, [lane.job_id for lane in found])
        axes.set_xlim(0, span * 1.18)
        axes.set_xlabel("seconds since the first enqueue")
        axes.set_title(title)
        axes.legend(
            handles=[Patch(color=STATE_COLORS[state], label=state) for state in ("queued", "started")],
            loc="lower right",
            bbox_to_anchor=(1, 1),
            ncols=2,
            borderaxespad=0.2,
        )
    return figure


def read_lane(redis: Redis, job_id: str, prefix: str) -> Lane:
    """Read the fields of one job; what is missing or no time is None."""
    status, *times = redis.hmget(f"{prefix}:job:{job_id}", FIELDS)
    return Lane(job_id, as_text(status) if status else "no such job", *map(parse_time, times))


def as_text(raw: bytes | str) -> str:
    """What a client returned, with decode_responses or without."""
    return raw.decode(errors="replace") if isinstance(raw, bytes) else raw


def parse_time(raw: bytes | str | None) -> float | None:
    """RQ's UTC timestamps, "2026-11-24T10:00:00.123456Z", as seconds since 1970."""
    try:
        return datetime.fromisoformat(as_text(raw)).timestamp() if raw else None
    except ValueError:
        return None


def draw_lane(axes: Axes, row: int, lane: Lane, begin: float, end: float, span: float) -> None:
    """Draw one job's bars, and its last state as a marker and a word."""
    spans = [("queued", lane.enqueued, lane.started or end), ("started", lane.started, lane.ended or end)]
    for state, since, until in spans:
        if since is not None:
            axes.barh(row, max(until - since, 0), left=since - begin, height=0.5, color=STATE_COLORS[state])
    last = max((time for time in (lane.enqueued, lane.started, lane.ended) if time is not None), default=begin)
    position = (lane.ended if lane.ended is not None else end if lane.enqueued is not None else last) - begin
    color = STATE_COLORS.get(lane.status, "#6c757d")
    if lane.status in END_MARKERS:
        axes.plot(position, row, END_MARKERS[lane.status], color=color, markersize=9, clip_on=False)
    axes.annotate(
        lane.status,
        (position, row),
        xytext=(10, 0),
        textcoords="offset points",
        va="center",
        color=TEXT_COLORS.get(lane.status, "#6c757d"),
    )
