"""How long users wait: one measured time a row, side by side."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from workbook.view.style import STATE_COLORS, lanes, look, new_figure

ROW_INCHES = 0.42
# Two ways to serve are told apart by colour and by their words at the bar.
WAYS = tuple(STATE_COLORS[state] for state in ("scheduled", "canceled", "started", "queued"))


def latency(
    seconds: Mapping[str, Mapping[str, float]], title: str, measure: str = "95 % of users waited less than"
) -> Figure:
    """Draw times as bars: `seconds[condition][way]`, in seconds, grouped by condition.

    The axis is logarithmic, since what is compared differs by factors of ten to a hundred. Conditions and ways keep
    their order. `title` states the finding. In words the figure tells what is compared, and no time.
    """
    rows = [(condition, way, value) for condition, ways in seconds.items() for way, value in ways.items()]
    all_ways = list(dict.fromkeys(way for _, way, _ in rows))
    with look():
        figure, [axes] = new_figure(1.3 + ROW_INCHES * len(rows))
        for row, (_, way, value) in enumerate(rows):
            axes.barh(row, value * 1000, height=0.62, color=WAYS[all_ways.index(way) % len(WAYS)])
            axes.annotate(in_words(value), (value * 1000, row), xytext=(6, 0), textcoords="offset points", va="center")
        axes.set_xscale("log")
        milliseconds = [value * 1000 for *_, value in rows]
        axes.set_xlim(min(1, min(milliseconds) / 4), max(milliseconds) * 4)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda position, _: in_words(position / 1000)))
        axes.xaxis.set_minor_locator(NullLocator())
        lanes(axes, [f"{condition}: {way}" for condition, way, _ in rows])
        axes.set_xlabel(f"{measure} … (each line is ten times the one before)")
        axes.set_title(title)
    figure.told = "\n".join([f"Figure: {title}", *(f"  {condition}: {way}" for condition, way, _ in rows)])
    return figure


def in_words(seconds: float) -> str:
    """A time as a person would say it."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.0f} s" if seconds >= 9.95 else f"{seconds:.1f}".removesuffix(".0") + " s"
