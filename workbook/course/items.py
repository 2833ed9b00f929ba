"""The bank of questions that come back: each is about one thing that a chapter shows.

Warm-ups and `review` draw from it. The questions, their answers and a text for each answer stand in `items.toml`.
"""

from __future__ import annotations

import functools
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from workbook.course import log
from workbook.course.multiple_choice import DO_NOT_KNOW, LETTERS, MultipleChoice

ITEMS = Path(__file__).with_name("items.toml")


@dataclass(frozen=True)
class Item(MultipleChoice):
    """A question of the bank: its id ("05-2"), the section that shows it, and a text for each of its answers."""

    id: str
    section: int
    texts: list[str]

    @property
    def place(self) -> str:
        """Where the course shows it, in words."""
        return f"chapter {self.chapter}, section {self.section}"

    def verdict(self, letter: str) -> tuple[str, str]:
        """What to say to who answered with this letter: whether it is right, and the text for that answer."""
        right = f"{self.right_letter}: {self.right_answer}."
        if letter == DO_NOT_KNOW:
            said, text = f"Right is {right}", self.texts[self.right]
        elif letter == self.right_letter:
            said, text = f"Right, {right}", self.texts[self.right]
        else:
            chosen = LETTERS.index(letter)
            said, text = f"You said {letter}: {self.answers[chosen]}. Right is {right}", self.texts[chosen]
        return said, f"{text} (Shown in {self.place}.)"


@dataclass(frozen=True)
class Answer:
    """An answer in the log: when, and whether it was right."""

    at: datetime
    right: bool

    @property
    def day(self) -> date:
        """The day on which it was given, where the learner is."""
        return self.at.astimezone().date()


@functools.cache
def bank() -> dict[str, Item]:
    """All items by id, in order. The chapter is in the id."""
    found = tomllib.loads(ITEMS.read_text(encoding="utf-8"))["item"]
    return {entry["id"]: Item(chapter=entry["id"][:2], **entry) for entry in found}


def record_item(item: Item, letter: str, **where: str | int) -> None:
    """Write an answer down, and where it was given."""
    log.write("item", id=item.id, answer=letter, right=letter == item.right_letter, **where)


def history() -> dict[str, list[Answer]]:
    """The answers in the log by item, oldest first; what is no answer to a question of the bank is passed over."""
    answers = defaultdict(list)
    for entry in log.read("item"):
        if isinstance(id := entry.get("id"), str) and id in bank() and (at := _time(entry.get("at"))):
            answers[id].append(Answer(at, entry.get("right") is True))
    return dict(answers)


def _time(written: object) -> datetime | None:
    """The time that an entry gives, or None when that is none."""
    try:
        return datetime.fromisoformat(written).astimezone() if isinstance(written, str) else None
    except (ValueError, OverflowError):
        return None
