"""A lab and its questions, as data and judges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from workbook.box.box import Box
from workbook.check.outcome import Outcome
from workbook.errors import WorkbookError

Judge = Callable[[Box, Random], Outcome]


class CheckError(WorkbookError):
    """A lab or a question is named that does not exist, or a lab cannot be read."""


@dataclass(frozen=True)
class Question:
    """One question. `module` is the `%%module` that the learner writes, `needs` are questions that must be right first.

    `judge` gets a box in which the answer's files lie, and a source of fresh random inputs. `scene` is the text of the
    lab's own helpers that are laid beside the answer as `scene.py`, "" where the lab has none.
    """

    id: str
    title: str
    points: int
    module: str
    judge: Judge
    hints: tuple[str, str, str]
    needs: tuple[str, ...] = ()
    scene: str = ""


@dataclass(frozen=True)
class Lab:
    """A lab, "05" say, with its questions in order."""

    number: str
    title: str
    questions: tuple[Question, ...]

    @property
    def points(self) -> int:
        """The most points."""
        return sum(question.points for question in self.questions)

    def question(self, id: str) -> Question:
        """The question "q2", say. CheckError when there is none."""
        for question in self.questions:
            if question.id == id:
                return question
        raise CheckError(f"There is no question {id!r}; this lab has {', '.join(each.id for each in self.questions)}.")
