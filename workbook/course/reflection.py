"""The learner's tools of the reflection: mark the answers of others first, and look back at the own guesses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbook.check.rubric import mark_in_words
from workbook.course import log
from workbook.course.card import Card, show
from workbook.course.guess import SURE, find
from workbook.course.guess import questions as questions_of

CERTAIN = max(SURE)


@dataclass(frozen=True)
class WrongGuess:
    """A guess that was wrong: its question's id and words, what was guessed and what happened, and how sure it was."""

    id: str
    question: str
    guessed: str
    happened: str
    sure: int | None


def mark(id: str, level: Any) -> None:
    """Mark an answer with a level from 1 to 4, and see how an expert marks it and why; with the dots, see nothing."""
    heading, lines, accent = mark_in_words(id, level)
    show(Card(heading, lines, accent))


def most_wrong() -> None:
    """List the guesses of which you were certain, and which were wrong."""
    show(most_wrong_card())


def most_wrong_card() -> Card:
    """The card of `most_wrong`."""
    made = guesses_in_time()
    if not made:
        return Card("No guesses are recorded here.", ["Open the reflection in the working copy where you guessed."])
    wrong = wrong_guesses()
    certain = [guess for guess in wrong if guess.sure == CERTAIN]
    if certain:
        return Card(f"Certain, and wrong: {len(certain)} of your {len(made)} guesses", list(map(in_words, certain)))
    heading = f"None of your {len(made)} guesses was certain and wrong."
    return Card(f"{heading} Wrong, and less certain:" if wrong else heading, list(map(in_words, wrong)))


def wrong_guesses() -> list[WrongGuess]:
    """The guesses made in time whose answer was shown and is another one, in the order of the chapters."""
    made = guesses_in_time()
    # The first measurement of a question counts, so the oldest is put in last.
    shown = [entry for entry in log.read("reveal") if entry.get("id") in list(made)]
    happened = {entry["id"]: str(entry.get("value")) for entry in reversed(shown)}
    return [
        WrongGuess(id, find(id).question, str(made[id].get("answer")), happened[id], made[id].get("sure"))
        for id in sorted(made)
        if id in happened and happened[id] != str(made[id].get("answer"))
    ]


def guesses_in_time() -> dict[str, dict[str, Any]]:
    """The last guess for each question that was made before its answer was shown.

    Guesses for questions that the course does not have are left out: a log may be older than the course.
    """
    return {entry["id"]: entry for entry in log.read("guess") if is_known(entry.get("id")) and not entry.get("late")}


def is_known(id: Any) -> bool:
    """Whether the course has a question with this id."""
    return isinstance(id, str) and id in questions_of(id[:2])


def in_words(guess: WrongGuess) -> str:
    """A wrong guess in one line."""
    return f"{guess.id}: you guessed {guess.guessed}, it was {guess.happened}. ({guess.question})"
