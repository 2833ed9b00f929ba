"""Three questions from earlier chapters at the start of a chapter.

    warmup("05", ...)       # shows the questions
    warmup("05", "ba-")     # answers them; the dash stands for "I do not know"

In a working copy the log decides which questions come, and remembers which were shown: letters are answers to those.
Outside of one (in CI, say) a chapter always has the same three.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from workbook.course import log
from workbook.course.card import Card, show
from workbook.course.items import Answer, Item, bank, history, record_item
from workbook.course.multiple_choice import Paper, letters_of, problem_with

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Sheet:
    """The three questions of one warm-up: the `number`-th of its chapter. `answers` by id, as far as recorded."""

    chapter: str
    number: int
    items: list[Item]

    @property
    def answers(self) -> dict[str, str]:
        """What the log has of the answers to this sheet: the first one to each item counts."""
        found: dict[str, str] = {}
        for entry in log.read("item"):
            if (entry.get("where"), entry.get("sheet")) == (f"warmup {self.chapter}", self.number):
                found.setdefault(str(entry.get("id")), str(entry.get("answer")))
        return {item.id: found[item.id] for item in self.items if item.id in found}


def warmup(chapter: str, answers: Any = ...) -> None:
    """Show three questions from earlier chapters, or, given three letters, say how they were answered."""
    show(record_warmup(chapter, answers))


def record_warmup(chapter: str, answers: Any) -> Card | Paper:
    """The questions when dots are left; else record the answers and return the card that judges them."""
    if not (isinstance(chapter, str) and re.fullmatch("[0-9]{2}", chapter)):
        return Card("No warm-up", [f'{chapter!r} is no chapter: give its two digits, "05" say.'], "wrong")
    if not choose(chapter, {}):
        return Card("No warm-up", [f"There are no questions from before chapter {chapter}."])
    latest = latest_sheet(chapter)
    if answers is ...:
        answered = latest and log.log_path() and len(latest.answers) == len(latest.items)
        return _paper(new_sheet(chapter) if latest is None or answered else latest)
    problem = (
        problem_with(letters_of(answers), 3) if isinstance(answers, str) else f"{answers!r} is no text of letters."
    )
    if problem:
        return Card("Not recorded", [f"{problem} {_how(chapter)}"], "wrong")
    if latest is None:
        # Letters that were meant for other questions: the log that knew them is gone, perhaps.
        return _paper(new_sheet(chapter), "Not recorded: these questions were not shown before")
    return _judge(latest, letters_of(answers))


def choose(chapter: str, answered: Mapping[str, list[Answer]]) -> list[Item]:
    """Three items: of the chapter before, of two or three before, and of the oldest; [] where none is earlier.

    Of each the one not answered yet, else the one answered wrongly longest ago, else rightly longest ago. Where that
    leaves a choice, it goes by the chapter's number, so that the next chapter has others.
    """

    def preference(item: Item) -> tuple[int, datetime]:
        last = answered[item.id][-1] if answered.get(item.id) else None
        return (0, LONG_AGO) if last is None else (1 + last.right, last.at)

    items = list(bank().values())
    earlier = sorted({item.chapter for item in items if item.chapter < chapter}, reverse=True)
    chosen: list[Item] = []
    for chapters in (earlier[:1], earlier[1:3] or earlier[:1], earlier[-1:]) if earlier else ():
        pool = [item for item in items if item.chapter in chapters and item not in chosen]
        start = int(chapter) % len(pool)
        chosen.append(min(pool[start:] + pool[:start], key=preference))
    return chosen


def latest_sheet(chapter: str) -> Sheet | None:
    """The questions shown last for this chapter; None when the log knows of none (or of one of an older course)."""
    if log.log_path() is None:
        return Sheet(chapter, 1, choose(chapter, {}))
    shown = [entry.get("items") for entry in log.read("warmup") if entry.get("chapter") == chapter]
    ids = shown[-1] if shown and isinstance(shown[-1], list) else []
    items = [bank()[id] for id in ids if isinstance(id, str) and id in bank()]
    return Sheet(chapter, len(shown), items) if len(items) == 3 else None


def new_sheet(chapter: str) -> Sheet:
    """Choose three questions by the log, and note there that they are shown."""
    items = choose(chapter, history())
    log.write("warmup", chapter=chapter, items=[item.id for item in items])
    return latest_sheet(chapter) or Sheet(chapter, 1, items)


def _judge(sheet: Sheet, letters: str) -> Card:
    """Record what is not recorded yet, and say of each answer whether it is right, and why."""
    recorded = sheet.answers
    lines = []
    for number, (item, letter) in enumerate(zip(sheet.items, letters, strict=True), 1):
        if item.id not in recorded:
            record_item(item, letter, where=f"warmup {sheet.chapter}", sheet=sheet.number)
        lines += [f"{number}. {item.question}", *item.verdict(letter)]
    first = "".join(recorded.get(item.id, letter) for item, letter in zip(sheet.items, letters, strict=True))
    if first != letters:
        lines.append(f'(Your first answers count: "{first}".)')
    lines += log.where_kept() or ["For three other questions put the dots back."]
    right = sum(letter == item.right_letter for item, letter in zip(sheet.items, letters, strict=True))
    return Card(f"Warm-up: {right} of {len(letters)} right", lines, "right" if right == len(letters) else "wrong")


def _paper(sheet: Sheet, heading: str = "Warm-up: three questions from earlier chapters") -> Paper:
    return Paper(sheet.items, heading, _how(sheet.chapter))


def _how(chapter: str) -> str:
    return f'Put three letters in place of the dots, as in warmup("{chapter}", "bac"); "-" means: I do not know.'
