"""The life of jobs as swim lanes, drawn from what Redis holds or from what it was asked to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from redis import Redis

from workbook.view.lanes import ENDS, FINAL, Lane, Mark, Span, lanes_from_hashes, levels
from workbook.view.runs import lanes_from_trace
from workbook.view.style import (
    END_MARKERS,
    RUN_MARKERS,
    STATE_COLORS,
    TEXT_COLORS,
    lanes,
    legend_below,
    look,
    new_figure,
)
from workbook.view.trace import Trace

ROW_INCHES = 0.4
TITLE_ROWS = 1.1  # what a title needs, in rows, where several timelines share a figure
BAR, BARS_ABOVE_EACH_OTHER = 0.56, 0.8  # of a row
OTHER = "#6c757d"  # for states without a colour of their own
RETRY_HATCH = "////"
# Beyond the finished and failed, whose words stand at their lane's end.
TOLD_BELOW = ("failed", "killed", "found dead")


def timeline(
    source: Redis | Trace | Mapping[str, Trace], job_ids: Sequence[str] = (), title: str = "", prefix: str = "rq"
) -> Figure:
    """Draw jobs as lanes: waiting, running, ending.

    From a `Trace` all its jobs (or those of `job_ids`), with every run: a retry is hatched, runs of a job that overlap
    lie one above the other, and marks say how a run ended without a result: it failed, its work-horse was killed, or
    its worker was found dead (at which moment the run may still go on). Where several workers ran jobs, each has a
    lane, too.

    From `{finding: trace, …}` a timeline each, one above the other, on one time axis; each begins at its own zero and
    has its finding as its title. From a client the last run of each of `job_ids`, as their hashes tell it.

    A job that waits or runs still is drawn up to the latest time known. `repr` tells the same in words, without times.
    """
    if isinstance(source, Mapping):
        parts = {finding: chosen(lanes_from_trace(seen), job_ids) for finding, seen in source.items()}
    elif isinstance(source, Trace):
        parts = {title: chosen(lanes_from_trace(source), job_ids)}
    else:
        parts = {title: lanes_from_hashes(source, job_ids, prefix)}
    rows = {finding: found + lanes_of_workers(found) for finding, found in parts.items()}
    ratios = [max(len(found), 1) for found in rows.values()] or [1]
    with look():
        height = 1.5 + ROW_INCHES * (sum(ratios) + TITLE_ROWS * (len(ratios) - 1))
        figure, plots = new_figure(height, ratios=ratios)
        longest = max([draw(axes, *part) for axes, part in zip(plots, rows.items(), strict=False)], default=0)
        plots[-1].set_xlim(0, max(longest, 0.001) * 1.18)
        plots[-1].set_xlabel("seconds since the first enqueue")
        legend_below(figure, legend([lane for found in parts.values() for lane in found]))
    figure.told = "\n".join(
        line for finding, found in parts.items() for line in (f"Timeline: {finding}", *(told(lane) for lane in found))
    )
    return figure


def chosen(found: Sequence[Lane], job_ids: Sequence[str]) -> list[Lane]:
    """The lanes of the jobs named, or all when none is."""
    return [lane for lane in found if not job_ids or lane.name in job_ids]


def told(lane: Lane) -> str:
    """A lane as a line of text."""
    return f"  {lane.name}: {lane}"


def lanes_of_workers(found: Sequence[Lane]) -> list[Lane]:
    """A lane for each worker with the runs that it made; none when all were made by one worker."""
    workers: dict[str, Lane] = {}
    for span in sorted((span for lane in found for span in lane.spans if span.worker), key=lambda span: span.since):
        workers.setdefault(span.worker, Lane(span.worker, "")).spans.append(span)
    for lane in found:
        for mark in lane.marks:
            if mark.span.worker and mark.kind in TOLD_BELOW:
                workers[mark.span.worker].marks.append(mark)
    return list(workers.values()) if len(workers) > 1 else []


def draw(axes: Axes, title: str, rows: Sequence[Lane]) -> float:
    """Draw the lanes of one timeline; returns how many seconds it is long."""
    times = [time for lane in rows for time in lane.times]
    begin, end = (min(times), max(times)) if times else (0.0, 1.0)
    for row, lane in enumerate(rows):
        draw_lane(axes, row, lane, begin, end)
    lanes(axes, [lane.name for lane in rows])
    axes.set_title(title)
    return end - begin


def draw_lane(axes: Axes, row: int, lane: Lane, begin: float, end: float) -> None:
    """Draw one lane's bars, what became of its runs, and its last state as a marker and a word."""
    places = levels(lane.spans)
    whole, count = (BARS_ABOVE_EACH_OTHER if any(places) else BAR), max(places, default=0) + 1
    height = whole / count
    middles = {id(span): row - whole / 2 + height * (n + 0.5) for span, n in zip(lane.spans, places, strict=True)}
    for span in lane.spans:
        draw_span(axes, middles[id(span)], height, span, begin, end)
    for mark in lane.marks:
        draw_mark(axes, mark.time - begin, middles[id(mark.span)], mark.kind, is_last_word(lane, mark))
    last_known = max([end if span.until is None else span.until for span in lane.spans], default=lane.changed or begin)
    if lane.status in END_MARKERS and not any(mark.time == lane.changed for mark in lane.marks):
        draw_mark(axes, last_known - begin, row, lane.status, True)
    axes.annotate(
        lane.last_words,
        (last_known - begin, row),
        xytext=(11, 0),
        textcoords="offset points",
        va="center",
        color=TEXT_COLORS.get(lane.status, OTHER),
    )


def draw_span(axes: Axes, middle: float, height: float, span: Span, begin: float, end: float) -> None:
    """Draw a waiting or a run as a bar, with white lines over a retry; its edge keeps the shortest one visible."""
    color = STATE_COLORS.get(span.state, OTHER)
    style: dict[str, Any] = {"edgecolor": color, "linewidth": 0.8}
    if span.retry:
        style = {"hatch": RETRY_HATCH, "edgecolor": "white", "linewidth": 0}
    axes.barh(
        middle,
        max((end if span.until is None else span.until) - span.since, 0),
        left=span.since - begin,
        height=height * 0.94,
        facecolor=color,
        **style,
    )


def draw_mark(axes: Axes, position: float, middle: float, kind: str, last: bool) -> None:
    """Draw what became of a run, larger where it is what became of the job."""
    if last or kind in ("finished", "stopped"):
        style: dict[str, Any] = {
            "marker": END_MARKERS[kind],
            "color": STATE_COLORS[kind],
            "markersize": 9 if last else 7,
        }
    else:
        style = RUN_MARKERS[kind]
    axes.plot(position, middle, linestyle="none", clip_on=False, zorder=3, **style)


def legend(found: Sequence[Lane]) -> list[Artist]:
    """The colours of the bars that occur (waiting and running always) and the marks within the lanes."""
    states = ["queued", "started"]
    spans = [span for lane in found for span in lane.spans]
    states += sorted({span.state for span in spans if span.state not in (*states, *FINAL)})
    handles: list[Artist] = [Patch(color=STATE_COLORS.get(state, OTHER), label=state) for state in states]
    if any(span.retry for span in spans):
        colour = STATE_COLORS["started"]
        handles.append(
            Patch(facecolor=colour, hatch=RETRY_HATCH, edgecolor="white", linewidth=0, label="started as a retry")
        )
    shown = {mark.kind for lane in found for mark in lane.marks if not is_last_word(lane, mark)}
    for kind in TOLD_BELOW:
        if kind in shown:
            label = "a run failed" if kind == "failed" else ENDS[kind]
            handles.append(Line2D([], [], linestyle="none", label=label, **RUN_MARKERS[kind]))
    return handles


def is_last_word(lane: Lane, mark: Mark) -> bool:
    """Whether a mark says no more than the word at the lane's end."""
    return mark is lane.marks[-1] and mark.kind == lane.status
