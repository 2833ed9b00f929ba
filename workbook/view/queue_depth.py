"""How many jobs wait and run at each moment: a backlog as it grows and drains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from matplotlib.typing import LineStyleType

from workbook.view.lanes import Lane
from workbook.view.runs import lanes_from_trace
from workbook.view.style import STATE_COLORS, TEXT_COLORS, legend_below, look, new_figure
from workbook.view.trace import Trace
from workbook.view.words import counted

HEIGHT_INCHES = 3.4
# Where a job was before the state in which it was first seen; one first seen elsewhere counts from then on.
BEFORE = {"started": "queued", "finished": "started", "failed": "started"}
# What is in hand, as areas one upon the other; where jobs end up, as lines told apart by their dashes.
AREAS = ("started", "queued")
LINES: dict[str, LineStyleType] = {
    "finished": "solid",
    "failed": (0, (1, 1)),
    "scheduled": (0, (6, 2)),
    "deferred": (0, (6, 2, 1, 2)),
    "canceled": (0, (3, 3)),
    "stopped": (0, (3, 1, 1, 1)),
}


@dataclass(frozen=True)
class Depth:
    """How many jobs were in each state: `counts[state][n]` from `times[n]` (seconds from 0) until the next."""

    times: list[float]
    counts: dict[str, list[int]]

    def peak(self, state: str) -> int:
        """The most jobs that were in a state at once."""
        return max(self.counts[state], default=0)

    def last(self, state: str) -> int:
        """The jobs that were in a state at the end."""
        return self.counts[state][-1] if self.counts[state] else 0


def queue_depth(seen: Trace, title: str = "", workers: int | None = None) -> Figure:
    """Draw how many jobs were queued, started and done at each moment of a trace.

    Running and waiting are areas, one upon the other, so that their upper edge is the backlog; finished, failed and
    other states that occur are lines. Only jobs that the trace has seen are counted; one that was first seen when it
    started was queued before, one first seen when it ended was running. `workers` is a number to stand below the axis.
    `title` states the finding. `repr` tells how many jobs there were and where they ended up.
    """
    depth = depth_of(lanes_from_trace(seen))
    with look():
        figure, [axes] = new_figure(HEIGHT_INCHES)
        draw_areas(axes, depth)
        draw_lines(axes, depth)
        axes.set_ylim(0, max([*map(sum, zip(*depth.counts.values(), strict=True)), 1]) * 1.12)
        axes.set_xlim(0, max([*depth.times, 0.001]) * 1.03)  # the last step stands free of the border
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="x")
        axes.set_ylabel("jobs")
        axes.set_xlabel("seconds since the first enqueue" + ("" if workers is None else f"; workers: {workers}"))
        axes.set_title(title)
        legend_below(figure, legend(depth), columns=4)
    figure.told = told(depth, title, workers)
    return figure


def depth_of(found: Sequence[Lane]) -> Depth:
    """The counts by state, from the lives of jobs; the areas' states are always there, others when they occur."""
    changes = sorted((time, number, state) for number, lane in enumerate(found) for time, state in states_of(lane))
    begin = changes[0][0] if changes else 0.0
    states = [*AREAS, *(state for state in LINES if any(state == changed for _, _, changed in changes))]
    depth = Depth([], {state: [] for state in states})
    first = {number: next(states_of(lane), (0.0, ""))[1] for number, lane in enumerate(found)}
    now = {number: BEFORE[state] for number, state in first.items() if state in BEFORE}
    in_state = Counter(now.values())
    for time, number, state in changes:
        in_state[now.get(number, "")] -= 1
        now[number] = state
        in_state[state] += 1
        depth.times.append(time - begin)
        for known, counts in depth.counts.items():
            counts.append(in_state[known])
    return depth


def states_of(lane: Lane) -> Iterator[tuple[float, str]]:
    """When a job changed into which state; of two runs at once, it is started while one of them goes on."""
    events = [(span.since, span.state) for span in lane.spans]
    if lane.changed is not None and not (lane.spans and lane.spans[-1].until is None):
        events.append((lane.changed, lane.status))
    return iter(sorted(events, key=lambda event: event[0]))


def draw_areas(axes: Axes, depth: Depth) -> None:
    """Draw running and, upon it, waiting; say how many waited at most."""
    below = [0] * len(depth.times)
    for state in AREAS:
        above = [low + count for low, count in zip(below, depth.counts[state], strict=True)]
        axes.fill_between(depth.times, below, above, step="post", color=STATE_COLORS[state], linewidth=0)
        below = above


def draw_lines(axes: Axes, depth: Depth) -> None:
    """Draw how many were done, or put off."""
    for state in (state for state in depth.counts if state not in AREAS):
        axes.step(
            depth.times,
            depth.counts[state],
            where="post",
            color=line_color(state),
            linestyle=LINES[state],
            linewidth=2.2,
        )


def line_color(state: str) -> str:
    """The darker colour of a state where it has one: a line must be seen on the areas, in grey too."""
    return TEXT_COLORS.get(state, STATE_COLORS[state])


def legend(depth: Depth) -> list[Artist]:
    """The states with the numbers that count: of those in hand the most at once, of the others the last."""
    handles: list[Artist] = [
        Patch(color=STATE_COLORS[state], label=f"{state} (at most {depth.peak(state)})") for state in reversed(AREAS)
    ]
    for state in depth.counts:
        if state not in AREAS:
            label = f"{state} ({depth.last(state)} at the end)"
            handles.append(Line2D([], [], color=line_color(state), linestyle=LINES[state], linewidth=2.2, label=label))
    return handles


def told(depth: Depth, title: str, workers: int | None) -> str:
    """The figure in words, without what depends on the machine's speed."""
    last = {state: number for state in depth.counts if (number := depth.last(state))}
    by = "" if workers is None else f", {counted(workers, 'worker')}"
    ended = ", ".join(f"{number} {state}" for state, number in last.items())
    return f"Queue depth: {title}\n  {counted(sum(last.values()), 'job')}{by}; at the end: {ended or 'none'}"
