"""A short answer in a notebook: the same words as plain text and as a small HTML card."""

from __future__ import annotations

import html
import re
import sys
from dataclasses import dataclass, field

# The course's colours by state (see workbook/view/style.py), readable on light and dark pages as a border.
ACCENTS = {"plain": "#2a6f97", "right": "#52b788", "wrong": "#f4a261"}
CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Card:
    """A heading and lines of text; `accent` is "plain", "right" or "wrong"."""

    heading: str
    lines: list[str] = field(default_factory=list)
    accent: str = "plain"

    def __repr__(self) -> str:
        return "\n".join([self.heading, *self.lines])

    def _repr_html_(self) -> str:
        body = "".join(f"<div>{as_html(line)}</div>" for line in self.lines)
        return (
            f'<div style="border-left:4px solid {ACCENTS[self.accent]};padding:2px 12px;max-width:46em">'
            f"<b>{as_html(self.heading)}</b>{body}</div>"
        )


def as_html(line: str) -> str:
    """A line with what stands between backticks set as code."""
    return CODE.sub(r"<code>\1</code>", html.escape(line))


def show(card: object) -> None:
    """Show a card, or a paper, where the call stands in the cell; print its words outside a notebook."""
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython():
        sys.modules["IPython"].display.display(card)
    else:
        print(card)
