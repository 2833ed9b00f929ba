"""The learner's tools of the reflection: mark the answers of others, see what of one's own is there, list guesses."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbook.check.answers import LABS
from workbook.check.presence import Presence, presence
from workbook.check.question import CheckError
from workbook.check.rubric import load_rubric, mark_in_words
from workbook.course import log
from workbook.course.card import Card, show
from workbook.course.guess import SURE, find
from workbook.course.guess import questions as questions_of

CERTAIN = max(SURE)
NOTEBOOK = "reflection.ipynb"


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


def check(id: str | None = None) -> Card:
    """What is there of the answer to a question ("q1"), or of all: as it is saved, so save first. Judges no words."""
    known = [question.id for question in load_rubric().questions]
    if id is not None and id not in known:
        raise CheckError(f"There is no question {id!r}; the reflection has {', '.join(known)}.")
    mine, blank = saved_notebook(), read_notebook(LABS / NOTEBOOK)
    found = [presence(mine, blank, each) for each in ([id] if id else known)]
    complete = sum(each.complete for each in found)
    heading = f"{complete} of {len(found)} answers are there as saved, with evidence and boundary"
    return Card(heading, [in_one_line(each) for each in found], "right" if complete == len(found) else "plain")


def in_one_line(found: Presence) -> str:
    """What of an answer is there."""
    return f"{found.question}: {' '.join(found.sentences)}"


def saved_notebook() -> dict[str, Any]:
    """This reflection as it was saved last. CheckError when it cannot be found or read."""
    # JupyterLab tells its kernels which notebook is theirs; elsewhere a notebook runs in its own folder.
    name = Path(os.environ.get("JPY_SESSION_NAME", NOTEBOOK)).name
    return read_notebook(Path.cwd() / name)


def read_notebook(path: Path) -> dict[str, Any]:
    """A notebook as JSON holds it. CheckError when it is none."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        notebook = None
    if not isinstance(notebook, dict):
        raise CheckError(f"{path} is not a notebook that can be read: save this one (Ctrl-S), then check again.")
    return notebook


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
