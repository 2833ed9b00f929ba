"""The look of every figure: one palette by job state, one set of matplotlib settings."""

from __future__ import annotations

from contextlib import AbstractContextManager

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# By state, the same in every figure, table and board. Never the only sign: a word or a marker says it too.
STATE_COLORS = {
    "queued": "#9db4c0",
    "started": "#2a6f97",
    "scheduled": "#f4a261",
    "deferred": "#f4a261",
    "finished": "#52b788",
    "failed": "#c1121f",
    "canceled": "#6c757d",
    "stopped": "#6c757d",
}
# Darker shades for words on white: the states' own colours are too pale to read (contrast below 4.5).
TEXT_COLORS = {
    **STATE_COLORS,
    "queued": "#5a7684",
    "scheduled": "#a85a14",
    "deferred": "#a85a14",
    "finished": "#2d7a55",
}
END_MARKERS = {"finished": "o", "failed": "X", "canceled": "s", "stopped": "s"}

SETTINGS = {
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "savefig.dpi": 100,
    "savefig.bbox": "tight",
    "font.size": 10,
    "axes.titlesize": 11.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 14,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": "#e5e5e5",
    "legend.frameon": False,
    "text.parse_math": False,  # job ids and errors may hold dollar signs
}


def look() -> AbstractContextManager[None]:
    """Settings for the figures made inside the `with` block; the reader's own stay as they are."""
    return mpl.rc_context(SETTINGS)


def new_figure(height: float, width: float = 8.0) -> tuple[Figure, Axes]:
    """A figure of one plot, sizes in inches, shown only where a cell returns it.

    Made by pyplot, so that notebooks know how to show it, and closed, so that they do not show it a second time.
    """
    figure, axes = plt.subplots(figsize=(width, height), layout="constrained")
    plt.close(figure)
    return figure, axes


def lanes(axes: Axes, names: list[str]) -> None:
    """Name the horizontal lanes 0, 1, … from the top and drop what a lane does not need."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(max(len(names), 1) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
