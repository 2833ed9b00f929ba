"""The test of twelve questions before and after the course: what changed is the course's own report."""

from __future__ import annotations

import functools
import html
import tomllib
from dataclasses import dataclass
from pathlib import Path

from workbook.course import log
from workbook.course.card import Card, show

TEST = Path(__file__).with_name("test.toml")
LETTERS = "abc"
VALID = {*LETTERS, "-"}


@dataclass(frozen=True)
class Item:
    """A question with three answers; `right` is the index of the right one, `chapter` where it is shown."""

    question: str
    answers: list[str]
    right: int
    chapter: str


class Paper:
    """The test as a reader sees it: questions and answers, without a hint which is right."""

    def __init__(self, items: list[Item]) -> None:
        self.items = items

    def __repr__(self) -> str:
        lines = []
        for number, item in enumerate(self.items, 1):
            lines.append(f"{number}. {item.question}")
            lines += [f"   {letter}  {answer}" for letter, answer in zip(LETTERS, item.answers, strict=True)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<li style='margin-bottom:.7em'>{html.escape(item.question)}"
            + "".join(
                f"<div>&emsp;<b>{letter}</b>&ensp;{html.escape(answer)}</div>"
                for letter, answer in zip(LETTERS, item.answers, strict=True)
            )
            + "</li>"
            for item in self.items
        )
        return f"<ol style='max-width:46em'>{rows}</ol>"


@functools.cache
def load_items() -> list[Item]:
    """The twelve items, in order."""
    return [Item(**entry) for entry in tomllib.loads(TEST.read_text(encoding="utf-8"))["item"]]


def show_pretest() -> Paper:
    """The twelve questions."""
    return Paper(load_items())


def score_pretest(*answers: str) -> None:
    """Record your answers: twelve letters a, b or c, in as many pieces as you like; a dash for "I do not know".

    Says how many are right and not which: the same questions come again after the course. The first answers count.
    """
    show(record_pretest("".join(answers)))


def record_pretest(answers: str) -> Card:
    """Record the answers, the first time, and return the card that says so, or what is wrong with them."""
    items = load_items()
    given = [letter for letter in answers.lower() if not letter.isspace()]
    if set(given) <= {"-"}:
        return Card(f"{len(items)} questions, none answered", ["Nothing is recorded until you put letters for dashes."])
    if strangers := [f"{letter!r} at question {place}" for place, letter in enumerate(given, 1) if letter not in VALID]:
        return Card("Not recorded", [f"{strangers[0]} is none of a, b, c and the dash."], "wrong")
    if len(given) != len(items):
        return Card("Not recorded", [f"There are {len(given)} answers for {len(items)} questions."], "wrong")
    if earlier := log.read("pretest"):
        return Card(
            f"Not recorded again: {earlier[0].get('right')} of {len(items)} right",
            [f"Your answers of {str(earlier[0].get('at'))[:10]} count: the end is to be compared with the start."],
        )
    right = sum(letter == LETTERS[item.right] for letter, item in zip(given, items, strict=True))
    log.write("pretest", answers="".join(given), right=right)
    return Card(
        f"Recorded: {right} of {len(items)} right",
        [
            "Which ones, you will find out yourself. The same questions come again at the end.",
            *log.where_kept(),
        ],
    )
