"""The honest last cell of a chapter: how much was run, how much was guessed."""

from __future__ import annotations

import sys
from typing import Any

from workbook.course import log
from workbook.course.card import Card, show
from workbook.course.guess import latest_guess, questions

_cells_run: set[str] = set()


def closing(chapter: str) -> None:
    """Say how many cells were run since the kernel's start and how many of the chapter's guesses were made."""
    show(summary(chapter))


def summary(chapter: str) -> Card:
    """The card of `closing`."""
    asked = questions(chapter)
    guesses = {id: latest_guess(id) for id in asked}
    # The first measurement of a question counts, so the oldest is put in last.
    reveals = [entry for entry in log.read("reveal") if entry.get("id") in list(asked)]
    revealed = {entry["id"]: entry.get("value") for entry in reversed(reveals)}
    made = [id for id, guessed in guesses.items() if guessed]
    right = [id for id in made if guesses[id] == revealed.get(id)]
    heading = f"{len(_cells_run)} cells run, {len(made)} of {len(asked)} guesses made"
    if not made:
        return Card(f"{heading}.", ["A surprise teaches only those who expected something else: guess next time."])
    wrong = [
        f"{id}: you guessed {guesses[id]}, it was {revealed.get(id, 'not revealed')}" for id in made if id not in right
    ]
    return Card(f"{heading}, {len(right)} of them right.", wrong)


def _count(info: Any) -> None:
    """Called by IPython with each cell that it begins to run."""
    _cells_run.add(info.cell_id or info.raw_cell)


def count_cells() -> None:
    """Have IPython count the cells that run, the present one included; does nothing outside a notebook."""
    if "IPython" in sys.modules and (shell := sys.modules["IPython"].get_ipython()):
        shell.events.register("pre_run_cell", _count)
        # The present cell has begun already: it is counted when it ends.
        shell.events.register("post_run_cell", lambda result: _count(result.info))


count_cells()
