"""The life of jobs as swim lanes, drawn from what Redis holds or from what it was asked to do."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from redis import Redis

from workbook.view.lanes import FINAL, Lane, lanes_from_hashes, lanes_from_trace
from workbook.view.style import END_MARKERS, STATE_COLORS, TEXT_COLORS, lanes, look, new_figure
from workbook.view.trace import Trace

ROW_INCHES = 0.4
OTHER = "#6c757d"  # for states without a colour of their own


def timeline(source: Redis | Trace, job_ids: Sequence[str] = (), title: str = "", prefix: str = "rq") -> Figure:
    """Draw jobs as lanes: waiting, running, ending.

    From a `Trace` all its jobs (or those of `job_ids`), with every retry; runs that ended without success are crossed,
    and where several workers ran jobs, each has a lane, too. From a client the last run of each of `job_ids`, as their
    hashes tell it. A job that waits or runs still is drawn up to the latest time known.
    """
    if isinstance(source, Trace):
        found = [lane for lane in lanes_from_trace(source) if not job_ids or lane.name in job_ids]
    else:
        found = lanes_from_hashes(source, job_ids, prefix)
    rows = found + lanes_of_workers(found)
    times = [time for lane in found for time in lane.times]
    begin, end = (min(times), max(times)) if times else (0.0, 1.0)
    with look():
        figure, axes = new_figure(1.3 + ROW_INCHES * len(rows))
        for row, lane in enumerate(rows):
            draw_lane(axes, row, lane, begin, end)
        lanes(axes, [lane.name for lane in rows])
        axes.set_xlim(0, max(end - begin, 0.001) * 1.18)
        axes.set_xlabel("seconds since the first enqueue")
        axes.set_title(title)
        draw_legend(axes, found)
    return figure


def lanes_of_workers(found: Sequence[Lane]) -> list[Lane]:
    """A lane for each worker with the runs that it made; none when all were made by one worker."""
    workers: dict[str, Lane] = {}
    for lane in found:
        for span in lane.spans:
            if span.worker:
                workers.setdefault(span.worker, Lane(span.worker, "")).spans.append(span)
    return list(workers.values()) if len(workers) > 1 else []


def draw_lane(axes: Axes, row: int, lane: Lane, begin: float, end: float) -> None:
    """Draw one lane's bars, its broken runs, and its last state as a marker and a word."""
    for span in lane.spans:
        width = max((span.until if span.until is not None else end) - span.since, 0)
        axes.barh(row, width, left=span.since - begin, height=0.5, color=STATE_COLORS.get(span.state, OTHER))
    ended = lane.spans[-1].until if lane.spans else begin
    position = (end if ended is None else ended) - begin
    for time in lane.broken[: -1 if lane.status == "failed" else None]:
        axes.plot(time - begin, row, "x", color=STATE_COLORS["failed"], markersize=8, markeredgewidth=2, clip_on=False)
    if lane.status in END_MARKERS:
        color = STATE_COLORS[lane.status]
        axes.plot(position, row, END_MARKERS[lane.status], color=color, markersize=9, clip_on=False)
    axes.annotate(
        lane.status,
        (position, row),
        xytext=(10, 0),
        textcoords="offset points",
        va="center",
        color=TEXT_COLORS.get(lane.status, OTHER),
    )


def draw_legend(axes: Axes, found: Sequence[Lane]) -> None:
    """Name the colours of the bars that occur; waiting and running always."""
    states = ["queued", "started"]
    states += sorted({span.state for lane in found for span in lane.spans if span.state not in (*states, *FINAL)})
    axes.legend(
        handles=[Patch(color=STATE_COLORS.get(state, OTHER), label=state) for state in states],
        loc="lower right",
        bbox_to_anchor=(1, 1),
        ncols=len(states),
        borderaxespad=0.2,
    )
