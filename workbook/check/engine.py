"""Judge one answer: started or not, readable or not, then the question's own judge in a box as new."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random, SystemRandom

from redis.exceptions import RedisError

from workbook.bench.box import Box
from workbook.bench.errors import BenchError
from workbook.bench.plain_box import PlainBox
from workbook.check.answers import Blank, same_code
from workbook.check.outcome import NotYet, Outcome
from workbook.check.question import Lab, Question

Answers = Mapping[str, str]


@dataclass(frozen=True)
class Verdict:
    """An outcome with its question and the lab."""

    lab: Lab
    question: Question
    outcome: Outcome
    seed: int = 0


class Examiner:
    """Judges the answers of one lab, in one box that it keeps warm. `close` ends the box."""

    def __init__(self, lab: Lab, blank: Blank, box: PlainBox | None = None) -> None:
        self.lab, self.blank = lab, blank
        self.box = box or PlainBox()
        self._right: dict[str, Answers] = {}

    def close(self) -> None:
        """End the box."""
        self.box.close()

    def judge(self, id: str, answers: Answers, seed: int | None = None) -> Verdict:
        """Judge one question. `answers` are the learner's modules by name; a `seed` chooses the same inputs again."""
        question = self.lab.question(id)
        seed = SystemRandom().randrange(1 << 62) if seed is None else seed
        outcome = self._before(question, answers, seed) or self._in_box(question, answers, seed)
        if outcome.state == "right":
            self._right[id] = dict(answers)
        elif outcome.state == "not yet" and not outcome.hint:
            outcome = replace(outcome, hint=1)
        return Verdict(self.lab, question, outcome, seed)

    def _before(self, question: Question, answers: Answers, seed: int) -> Outcome | None:
        """What can be said without running anything; None when the answer must be run."""
        cell = f"`%%module {question.module}`"
        source, blank = answers.get(question.module), self.blank.modules.get(question.module, "")
        if source is None:
            return Outcome("not started", got=f"The cell {cell} was not run yet.")
        if same_code(source, blank):
            return Outcome("not started", got=f"The cell {cell} is as it was handed out.")
        for name, text in answers.items():
            if name == question.module and (error := syntax_error(text)):
                where = f"{name}.py, line {error.lineno}: {(error.text or '').strip()}"
                return Outcome(
                    "not yet", 0, f"reading {name}.py", f"{error.msg}\n{where}", "Python", "A worker cannot import it."
                )
        for needed in question.needs:
            if self._right.get(needed) == dict(answers):
                continue
            if self.judge(needed, answers, seed_for(needed, seed)).outcome.state != "right":
                return Outcome(
                    "not yet", 0, f"{needed} first", f"{needed} is not right yet", f"{needed} is right",
                    f"{question.id} builds on {needed}: heal that first, and check it.",
                )  # fmt: skip
        return None

    def _in_box(self, question: Question, answers: Answers, seed: int) -> Outcome:
        """Let the question's judge work, whatever the answer does to the box."""
        try:
            self.box.renew(seed)
            self.box.put(self._files(answers))
            outcome = question.judge(self.box, Random(seed))
        except NotYet as ended:
            outcome = ended.outcome
        except (RedisError, BenchError) as error:
            return self._broken(error)
        except Exception as error:
            return Outcome(
                "error", got=f"The check itself failed ({type(error).__name__}: {error}).",
                lesson="That is a fault of the course, not of your answer; please report it.",
            )  # fmt: skip
        try:
            self.box.freeze()
        except (RedisError, BenchError) as error:
            return outcome if outcome.state == "right" else self._broken(error)
        return outcome

    def _files(self, answers: Answers) -> dict[str, str]:
        """The learner's modules, and those that the lab gives, as they were handed out."""
        asked = {question.module for question in self.lab.questions}
        given = {name: text for name, text in self.blank.modules.items() if name not in asked}
        mine = {name: text for name, text in answers.items() if name not in given}
        return {f"{name}.py": text for name, text in {**mine, **given}.items()}

    def _broken(self, error: Exception) -> Outcome:
        """Say that the answer broke its box, and make sure that nothing of it is left."""
        self.box.renew()
        return Outcome(
            "not yet", 0, "running your answer", f"it ended or blocked the server or its own process ({error})",
            "an answer that touches its own jobs and keys only",
            "At work that server and that process are shared: every queue would stand still.",
        )  # fmt: skip


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


__all__ = ["Answers", "Box", "Examiner", "Verdict", "syntax_error"]
