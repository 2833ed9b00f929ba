"""The look of every figure: one palette by job state, one set of matplotlib settings."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.typing import RcKeyType

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
# How a run ended without a result, told apart by shape: a cross, a burst, a hollow diamond.
RUN_MARKERS: dict[str, dict[str, Any]] = {
    "failed": {"marker": "x", "color": STATE_COLORS["failed"], "markersize": 8, "markeredgewidth": 2},
    "killed": {
        "marker": (9, 1, 0),
        "color": STATE_COLORS["failed"],
        "markersize": 13,
        "markeredgecolor": "white",
        "markeredgewidth": 0.8,
    },
    "found dead": {
        "marker": "D",
        "markerfacecolor": "white",
        "markersize": 7.5,
        "markeredgecolor": STATE_COLORS["failed"],
        "markeredgewidth": 2,
    },
}

SETTINGS: dict[RcKeyType, Any] = {
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


class Picture(Figure):
    """A figure that tells what it shows, `told`, where no picture can be seen. No measured time is in it."""

    told = ""

    def __repr__(self) -> str:
        return self.told or super().__repr__()


def new_figure(height: float, width: float = 8.0, ratios: Sequence[float] = (1,)) -> tuple[Picture, list[Axes]]:
    """A figure of plots one above the other, with one shared x-axis, shown only where a cell returns it.

    Sizes are in inches, `ratios` are the plots' heights beside each other. Made by pyplot, so that notebooks know how
    to show it, and closed, so that they do not show it a second time.
    """
    figure, grid = plt.subplots(
        len(ratios),
        squeeze=False,
        sharex=True,
        height_ratios=ratios,
        figsize=(width, height),
        layout="constrained",
        FigureClass=Picture,
    )
    assert isinstance(figure, Picture)
    plt.close(figure)
    return figure, list(grid[:, 0])


def legend_below(figure: Figure, handles: Sequence[Artist], columns: int = 5) -> None:
    """Say what colours and marks mean, below the plots, where it covers nothing."""
    if handles:
        figure.legend(
            handles=handles, loc="outside lower left", ncols=min(len(handles), columns), handlelength=1.6, fontsize=9.5
        )


def lanes(axes: Axes, names: list[str]) -> None:
    """Name the horizontal lanes 0, 1, … from the top and drop what a lane does not need."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(max(len(names), 1) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
