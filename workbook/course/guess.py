"""Guess before you run, reveal after: the guess is recorded and never blocks.

    guess("02a", ..., sure=...)     # the reader replaces the dots
    reveal("02a", job.is_failed)    # what really happened, measured in the cell

The questions (Markdown; the notebook asks them word for word above the guess), the answers that can be guessed and a
text for each of them stand in `guesses/CHAPTER.toml`.
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbook.course import log
from workbook.course.card import Card, show
from workbook.errors import WorkbookError

GUESSES = Path(__file__).with_name("guesses")
_measured: dict[str, str] = {}
SURE = {1: "a hunch", 2: "fairly sure", 3: "certain"}


class GuessError(WorkbookError):
    """A guess or reveal names a question that does not exist."""


@dataclass(frozen=True)
class Question:
    """A question of a chapter; `answers` maps what can be guessed to the text for those who guessed it."""

    id: str
    question: str
    answers: dict[str, str]


@functools.cache
def questions(chapter: str) -> dict[str, Question]:
    """The questions of a chapter by id, in their order. Empty for a chapter without a file."""
    path = GUESSES / f"{chapter}.toml"
    if not path.exists():
        return {}
    found = tomllib.loads(path.read_text(encoding="utf-8"))["guess"]
    return {entry["id"]: Question(entry["id"], entry["question"], entry["answers"]) for entry in found}


def guess(id: str, answer: Any, sure: Any = ...) -> None:
    """Record what you expect, before you run: `answer` in one of the words offered, `sure` from 1 to 3.

    With the dots left in place nothing is recorded and the notebook goes on.
    """
    show(record_guess(id, answer, sure))


def reveal(id: str, value: Any) -> None:
    """Show what happened (`value`, measured by the cell) beside your guess, and why."""
    show(record_reveal(id, value))


def record_guess(id: str, answer: Any, sure: Any = ...) -> Card:
    """Record a guess and return the card that says so, or what is wrong with it."""
    question = find(id)
    # Sorted, because in the file the right answer may well come first.
    offered = " or ".join(f'"{choice}"' for choice in sorted(question.answers))
    if answer is ...:
        return Card(
            f"{id}: no guess yet", [f"Put {offered} in place of the first dots, 1, 2 or 3 in place of the second."]
        )
    choice = match(question, answer)
    if choice is None:
        return Card(f"{id}: not recorded", [f"{answer!r} is not one of the answers; put {offered}."], "wrong")
    if sure is not ... and sure not in list(SURE):
        return Card(f"{id}: not recorded", ["`sure` is 1 (a hunch), 2 (fairly sure) or 3 (certain)."], "wrong")
    # A guess made after the answer was shown is kept, and marked: the log is to be honest.
    late = any(entry.get("id") == id for entry in log.read("reveal"))
    log.write("guess", id=id, answer=choice, sure=None if sure is ... else sure, late=late)
    certainty = f" ({SURE[sure]})" if sure is not ... else ""
    remarks = ["The answer was shown before: recorded as late."] if late else []
    return Card(f"{id}: you guess {choice}{certainty}", remarks + log.where_kept())


def record_reveal(id: str, value: Any) -> Card:
    """Record what happened and return the card that compares it with the guess."""
    question = find(id)
    measured = match(question, value)
    if measured is None:
        reason = "That is no outcome of this experiment, so something else went wrong before it. Restart the kernel "
        reason += "(menu Kernel), run the cells above section 1, and then this section from its start."
        return Card(f"{id}: this cell measured {value}", [reason], "wrong")
    # A cell run a second time finds the queue in another state; what counts is the experiment as it stands in the text.
    happened = _measured.setdefault(id, measured)
    remarks = [] if happened == measured else [f"(This time the cell measured {measured}; the first time counts.)"]
    guessed = latest_guess(id)
    log.write("reveal", id=id, value=happened, guessed=guessed)
    if guessed is None:
        return Card(f"{id}: {happened}", ["(You made no guess.)", question.answers[happened], *remarks])
    right = guessed == happened
    heading = f"{id}: {happened}, as you guessed" if right else f"{id}: {happened}; you guessed {guessed}"
    return Card(heading, [question.answers[guessed], *remarks], "right" if right else "wrong")


def find(id: str) -> Question:
    """The question with this id ("02a": chapter and letter). GuessError when there is none."""
    known = questions(id[:2])
    if id not in known:
        raise GuessError(f"There is no question {id!r}; this chapter has {', '.join(known) or 'none'}.")
    return known[id]


def match(question: Question, value: Any) -> str | None:
    """The answer that `value` means (True is "yes", 3 is "3", case does not count), or None."""
    word = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value).strip().lower()
    return next((choice for choice in question.answers if choice.lower() == word), None)


def latest_guess(id: str) -> str | None:
    """The last guess recorded for a question that was not late, or None."""
    choices = list(find(id).answers)  # a log of an older course may hold others
    recorded = [entry for entry in log.read("guess") if entry.get("id") == id and not entry.get("late")]
    found = [entry["answer"] for entry in recorded if entry.get("answer") in choices]
    return found[-1] if found else None
