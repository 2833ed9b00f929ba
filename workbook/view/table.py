"""One table: the same words in a notebook (HTML with caption and header scopes) and in a terminal (text)."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field

COLUMN_CHARACTERS = 48


@dataclass(frozen=True)
class Table:
    """A caption, headers, rows of text cells, and notes below. A cell may have several lines."""

    caption: str
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = field(default_factory=tuple)

    def __repr__(self) -> str:
        cells = [[wrap(cell) for cell in row] for row in [list(self.headers), *self.rows]]
        widths = [
            max((len(line) for row in cells for line in row[column]), default=0) for column in range(len(self.headers))
        ]
        lines = [self.caption]
        for number, row in enumerate(cells):
            for line in range(max(map(len, row))):
                parts = [cell[line] if line < len(cell) else "" for cell in row]
                lines.append("  ".join(part.ljust(width) for part, width in zip(parts, widths, strict=True)).rstrip())
            if number == 0:
                lines.append("  ".join("-" * width for width in widths))
        return "\n".join([*lines, *self.notes])

    def _repr_html_(self) -> str:
        left = "style='text-align:left;vertical-align:top;overflow-wrap:anywhere;min-width:3.5em'"
        head = "".join(f"<th scope='col' {left}>{html.escape(header)}</th>" for header in self.headers)
        body = "".join(
            f"<tr><th scope='row' {left}>{escape(row[0])}</th>"
            + "".join(f"<td {left}>{escape(cell)}</td>" for cell in row[1:])
            + "</tr>"
            for row in self.rows
        )
        notes = "".join(f"<div>{html.escape(note)}</div>" for note in self.notes)
        caption = f"<caption style='text-align:left;font-weight:bold'>{html.escape(self.caption)}</caption>"
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"


def escape(cell: str) -> str:
    """A cell as HTML, its lines kept."""
    return "<br>".join(html.escape(line) for line in cell.split("\n"))


def wrap(cell: str) -> list[str]:
    """A cell as lines of at most COLUMN_CHARACTERS."""
    return [line for part in cell.split("\n") for line in textwrap.wrap(part, COLUMN_CHARACTERS) or [""]]
