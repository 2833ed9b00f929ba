"""The crash matrix: ways to do something once, the faults they meet, and how often the effect really happened."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from workbook.view.style import STATE_COLORS, look, new_figure
from workbook.view.table import Table

# A mark, a colour and a shade: lost is the darkest, right the palest, so that the three differ in grey, too.
LOST, RIGHT, DOUBLED = "✗", "✓", "✗✗"
RIGHT_VERDICT = "once"
RIGHT_FILL, RIGHT_TEXT = "#e2f4ea", "#1f6b48"
LABEL_INCHES, COLUMN_INCHES, ROW_INCHES = 1.9, 1.08, 0.55
LABEL_CHARACTERS, HEADER_CHARACTERS = 28, 13

Cell = tuple[int, str]


@dataclass(frozen=True)
class CrashMatrix:
    """Rows of `(effects, status of the job)`, one a fault; a figure in a notebook, a table in a terminal."""

    rows: Mapping[str, Sequence[Cell]]
    faults: Sequence[str]
    title: str

    @property
    def verdicts(self) -> dict[str, str]:
        """What each way does over all faults: once, loses, doubles, or both."""
        return {way: verdict(cells) for way, cells in self.rows.items()}

    def __repr__(self) -> str:
        rows = [[way, *map(cell_in_words, cells), verdict(cells)] for way, cells in self.rows.items()]
        return repr(Table(self.title, ["way", *self.faults, "in short"], rows))

    def _repr_png_(self) -> bytes:
        figure = self.figure()
        with look():
            figure.savefig(file := io.BytesIO(), format="png", dpi=figure.dpi)
        return file.getvalue()

    def figure(self, dpi: int = 100) -> Figure:
        """Draw it; `dpi` for a figure that is to be saved, in print quality say."""
        width = LABEL_INCHES + COLUMN_INCHES * (len(self.faults) + 1)
        with look():
            figure, [axes] = new_figure(1.15 + ROW_INCHES * len(self.rows), width)
            figure.set_dpi(dpi)
            draw_frame(axes, list(self.rows), self.faults)
            for label, words in zip(axes.get_yticklabels(), self.verdicts.values(), strict=True):
                label.set_fontweight("bold" if words == RIGHT_VERDICT else "normal")
            for row, cells in enumerate(self.rows.values()):
                for column, cell in enumerate(cells):
                    draw_cell(axes, row, column, cell)
                draw_verdict(axes, row, len(self.faults), verdict(cells))
            figure.suptitle(self.title, x=0.012, ha="left", fontsize=11.5, fontweight="bold")
        return figure


def crash_matrix(rows: Mapping[str, Sequence[Cell]], faults: Sequence[str], title: str) -> CrashMatrix:
    """Show what became of an effect that was to happen once.

    `rows[way]` holds, for each of `faults`, how often it happened and the job's status: 1 is right, 0 lost, more
    doubled; a status other than "finished" is said in the cell. `title` states the finding.
    """
    for way, cells in rows.items():
        if len(cells) != len(faults):
            raise ValueError(f"The row {way!r} has {len(cells)} cells for {len(faults)} faults.")
    return CrashMatrix(dict(rows), list(faults), title)


def mark_of(effects: int) -> tuple[str, str, str, str]:
    """Mark, word, fill and text colour of so many effects."""
    if effects == 0:
        return LOST, "lost", STATE_COLORS["failed"], "white"
    if effects == 1:
        return RIGHT, "", RIGHT_FILL, RIGHT_TEXT
    return DOUBLED, "doubled", STATE_COLORS["scheduled"], "black"


def cell_in_words(cell: Cell) -> str:
    """A cell as text: "1", "0 lost", "2 doubled", with the job's status when it is not finished."""
    effects, status = cell
    words = f"{effects} {mark_of(effects)[1]}".strip()
    return words if status == "finished" else f"{words}, {status}"


def verdict(cells: Sequence[Cell]) -> str:
    """What a way does over all faults, in words."""
    effects = [count for count, _ in cells]
    found = ["loses"] * (min(effects, default=1) < 1) + ["doubles"] * (max(effects, default=1) > 1)
    return " and ".join(found) or RIGHT_VERDICT


def draw_frame(axes: Axes, ways: Sequence[str], faults: Sequence[str]) -> None:
    """Name rows on the left and columns on top; no axis lines."""
    wrapped = [textwrap.fill(way, LABEL_CHARACTERS) for way in ways]
    axes.set_yticks(range(len(ways)), wrapped, fontsize=10.5)
    axes.set_ylim(max(len(ways), 1) - 0.5, -0.5)
    axes.set_xticks(range(len(faults)), [textwrap.fill(fault, HEADER_CHARACTERS) for fault in faults])
    axes.set_xlim(-0.5, len(faults) + 0.5)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)


def draw_cell(axes: Axes, row: int, column: int, cell: Cell) -> None:
    """One cell: a filled box, the number with its mark, the word below."""
    effects, status = cell
    mark, word, fill, color = mark_of(effects)
    place = (column - 0.46, row - 0.42)
    box = FancyBboxPatch(place, 0.92, 0.84, boxstyle="round,pad=0,rounding_size=0.08", facecolor=fill, edgecolor="none")
    axes.add_patch(box)
    below = ", ".join(part for part in (word, "" if status == "finished" else status) if part)
    lift = 0.12 if below else 0
    axes.text(column, row - lift, f"{mark} {effects}", ha="center", va="center", color=color, weight="bold", size=12)
    if below:
        axes.text(column, row + 0.25, below, ha="center", va="center", color=color, fontsize=8.5)


def draw_verdict(axes: Axes, row: int, column: int, words: str) -> None:
    """What the row comes to, at its end."""
    right = words == RIGHT_VERDICT
    axes.text(
        column - 0.42,
        row,
        words.replace(" and ", "\nand "),
        va="center",
        weight="bold" if right else "normal",
        color=RIGHT_TEXT if right else "black",
    )
