"""Judge one answer: started or not, readable or not, then the question's own judge in a box as new.

A verdict, right or not yet, counts only from a run without an incident (see `trial.py`).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from random import Random, SystemRandom
from typing import Any

from workbook.box.box import Incident, Slot
from workbook.check.answers import Blank, same_code
from workbook.check.outcome import Finding, Outcome
from workbook.check.question import CheckError, Lab, Question
from workbook.check.trial import Trial, judged

Answers = Mapping[str, str]


@dataclass(frozen=True)
class Verdict:
    """An outcome, the question that it is about, and the seed that gives it again. Plain data."""

    lab: str
    question: str
    title: str
    most_points: int
    seed: int
    outcome: Outcome
    incidents: tuple[Incident, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """All of it, as JSON has it."""
        told = {name: getattr(self, name) for name in ("lab", "question", "title", "most_points", "seed")}
        return told | self.outcome.as_json() | {"incidents": [incident.as_json() for incident in self.incidents]}


class Examiner:
    """Judges the answers of one lab in the boxes of a slot, which it keeps warm. `close` ends the slot.

    `model` gives the lab's own right answers: where two runs of an answer met an incident, they show whether the
    machine or the answer brings it about. `debug` raises our own exceptions instead of reporting them.
    """

    def __init__(
        self, lab: Lab, blank: Blank, slot: Slot, model: Callable[[], Answers] | None = None, debug: bool = False
    ) -> None:
        self.lab, self.blank, self.slot, self.debug = lab, blank, slot, debug
        self._model = model
        self._right: dict[str, Answers] = {}

    def close(self) -> None:
        """End the slot."""
        self.slot.close()

    def judge(self, id: str, answers: Answers, seed: int | None = None) -> Verdict:
        """Judge one question. `answers` are the learner's modules by name; a `seed` chooses the same inputs again."""
        question = self.lab.question(id)
        seed = SystemRandom().randrange(1 << 62) if seed is None else seed
        incidents: list[Incident] = []
        outcome = self._before(question, answers, seed)
        if not outcome:
            trial, control = self._trial(question, answers, seed), partial(self._control, question, seed)
            outcome = judged(trial, control, incidents, self.debug)
        if outcome.state == "right":
            self._right[id] = dict(answers)
        elif outcome.state == "not yet" and not outcome.hint:
            outcome = replace(outcome, hint=1)
        return Verdict(self.lab.number, id, question.title, question.points, seed, outcome, tuple(incidents))

    def _before(self, question: Question, answers: Answers, seed: int) -> Outcome | None:
        """What can be said without running anything; None when the answer must be run."""
        cell = f"`%%module {question.module}`"
        source, blank = answers.get(question.module), self.blank.modules.get(question.module, "")
        if source is None:
            return not_started(f"The cell {cell} was not run yet.")
        if same_code(source, blank):
            return not_started(f"The cell {cell} is as it was handed out.")
        if error := syntax_error(source):
            name = f"{question.module}.py"
            where = f"{name}, line {error.lineno}: {(error.text or '').strip()}"
            finding = Finding(f"reading {name}", f"{error.msg}\n{where}", "Python", "A worker cannot import it.")
            return Outcome("not yet", findings=(finding,))
        for needed in question.needs:
            if self._right.get(needed) == dict(answers):
                continue
            outcome = self.judge(needed, answers, seed_for(needed, seed)).outcome
            if outcome.state == "could not judge":
                return outcome
            if outcome.state != "right":
                return Outcome("not yet", findings=(first_heal(question, needed),))
        return None

    def _trial(self, question: Question, answers: Answers, seed: int) -> Trial:
        return Trial(self.slot, question, self._files(question, answers), seed)

    def _control(self, question: Question, seed: int) -> Trial | None:
        """The model answer's run with the same seed; None where there is no model answer."""
        try:
            return self._trial(question, self._model(), seed) if self._model else None
        except CheckError:
            return None

    def _files(self, question: Question, answers: Answers) -> dict[str, str]:
        """The learner's modules, those that the lab gives, as they were handed out, and the lab's scene."""
        asked = {each.module for each in self.lab.questions}
        given = {name: text for name, text in self.blank.modules.items() if name not in asked}
        mine = {name: text for name, text in answers.items() if name not in given}
        scene = {"scene": question.scene} if question.scene else {}
        return {f"{name}.py": text for name, text in {**mine, **given, **scene}.items()}


def not_started(why: str) -> Outcome:
    """Nothing to judge yet."""
    return Outcome("not started", findings=(Finding(got=why),))


def first_heal(question: Question, needed: str) -> Finding:
    """What to do first where a question builds on another one."""
    return Finding(
        f"{needed} first",
        f"{needed} is not right yet",
        f"{needed} is right",
        f"{question.id} builds on {needed}: heal that first, and check it.",
    )


def seed_for(needed: str, seed: int) -> int:
    """The seed of a question that another one needs: one seed fixes the whole run."""
    return Random(f"{needed} {seed}").randrange(1 << 62)


def syntax_error(source: str) -> SyntaxError | None:
    """Why a source is not Python, or None."""
    try:
        ast.parse(source)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError):
        return SyntaxError("This cannot be read as Python")
    return None


__all__ = ["Answers", "Examiner", "Verdict", "syntax_error"]
