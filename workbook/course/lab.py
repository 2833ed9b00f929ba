"""A lab in a notebook: open it, check an answer, ask for a hint, see how far you are.

bench = open_lab("05")     # the bench for experiments, and a box of its own for the checks
check("q2")                # judges the modules that were run last
"""

from __future__ import annotations

import atexit
import os
import sys
from dataclasses import dataclass, field

from workbook.bench import Bench, open_bench
from workbook.box.plain import PlainSlot
from workbook.check.answers import blank_of_lab, model_of_lab
from workbook.check.engine import Examiner, Verdict
from workbook.check.question import CheckError, Lab
from workbook.course import log
from workbook.course.card import Card, show
from workbook.labs import find_lab

ACCENTS = {"right": "right", "not yet": "wrong", "not started": "plain", "could not judge": "plain"}
POINTS_FOR_NBGRADER = "NBGRADER_EXECUTION"


@dataclass
class OpenLab:
    """The lab that this kernel has open."""

    bench: Bench
    examiner: Examiner
    last: dict[str, Verdict] = field(default_factory=dict)
    hints: dict[str, int] = field(default_factory=dict)

    @property
    def lab(self) -> Lab:
        """Its questions."""
        return self.examiner.lab


_open: OpenLab | None = None


def open_lab(number: str) -> Bench:
    """Open a lab and return a bench for your experiments; one that was open is closed first."""
    global _open
    lab = find_lab(number)
    blank = blank_of_lab(number)
    bench = open_bench(number)
    if _open:
        _open.examiner.close()
    else:
        atexit.register(_close)
    _open = OpenLab(bench, Examiner(lab, blank, PlainSlot(), lambda: model_of_lab(number)))
    asked = ", ".join(f"{question.id} {question.points}" for question in lab.questions)
    show(Card(f"Lab {lab.number}: {lab.title}", [f"{lab.points} points: {asked}."]))
    return bench


def check(id: str, seed: int | None = None) -> VerdictCard | float:
    """Judge your answer to a question as it was last run. Under nbgrader the points, as a plain number.

    The inputs are new each time; a `seed`, as `check("q1").verdict.seed` shows it, chooses the same ones again.
    """
    modules = current().bench.modules
    verdict = current().examiner.judge(id, modules.sources | modules.unread, seed)
    if verdict.outcome.state != "could not judge":
        current().last[id] = verdict
    outcome = verdict.outcome
    told = {"state": outcome.state, "points": outcome.points, "seed": verdict.seed}
    log.write("check", lab=verdict.lab, question=id, **told)
    if POINTS_FOR_NBGRADER in os.environ:
        return points_for_nbgrader(verdict)
    return VerdictCard(verdict)


def points_for_nbgrader(verdict: Verdict) -> float:
    """The points that were earned. Where nothing could be judged this kernel ends: nbgrader then reports that it could
    not grade the submission, and gives no points, where any exception would count as 0."""
    if verdict.outcome.state == "could not judge":
        print(VerdictCard(verdict), file=sys.__stderr__, flush=True)
        os._exit(1)
    return verdict.outcome.points


def hint(id: str, step: int | None = None) -> Card:
    """The next hint for a question, or that of `step` 1 to 3."""
    question = current().lab.question(id)
    most = len(question.hints)
    if step is not None and step not in range(1, most + 1):
        raise CheckError(f"There is no hint {step!r}: the steps are 1 to {most}.")
    step = step or min(current().hints.get(id, 0) + 1, most)
    current().hints[id] = max(step, current().hints.get(id, 0))
    log.write("hint", lab=current().lab.number, question=id, step=step)
    last = "That was the last hint." if step == most else f'hint("{id}") again gives the next.'
    return Card(f"{id}, hint {step} of {most}", [question.hints[step - 1], last])


def progress() -> Card:
    """How far you are in this lab: the state of each question as it was last checked, and your points."""
    lab, last = current().lab, current().last
    lines = []
    for question in lab.questions:
        verdict = last.get(question.id)
        state = verdict.outcome.state if verdict else "not checked yet"
        points = verdict.outcome.points if verdict else 0
        used = current().hints.get(question.id, 0)
        hints = f", {used} hint{'s' if used > 1 else ''}" if used else ""
        lines.append(f"{question.id} {question.title}: {state}, {points:g} of {question.points}{hints}")
    total = sum(verdict.outcome.points for verdict in last.values())
    return Card(
        f"Lab {lab.number}: {total:g} of {lab.points} points", lines, "right" if total == lab.points else "plain"
    )


class VerdictCard(Card):
    """A verdict, the same words as text and as HTML."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(f"{verdict_heading(verdict)} points", verdict_lines(verdict), ACCENTS[verdict.outcome.state])
        self.verdict = verdict


def verdict_heading(verdict: Verdict) -> str:
    """The question, its state, and the points that it has."""
    state, points = verdict.outcome.state, verdict.outcome.points
    return f"{verdict.question} {verdict.title}: {state}, {points:g} of {verdict.most_points}"


def verdict_lines(verdict: Verdict) -> list[str]:
    """What a verdict says below its heading, a line each."""
    lines = verdict.outcome.lines()
    return [*lines, f'Stuck? hint("{verdict.question}")'] if verdict.outcome.hint else lines


def current() -> OpenLab:
    """The lab that is open. CheckError when there is none."""
    if not _open:
        raise CheckError('No lab is open: run the cell with open_lab("…") first.')
    return _open


def _close() -> None:
    if _open:
        _open.examiner.close()
