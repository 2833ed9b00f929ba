"""Runs of an answer, and whose fault it is when one cannot be judged.

Who killed or stopped a process cannot be known. So not the culprit but the run is judged: a verdict counts only from a
run without an incident. After an incident the answer runs once more, on things that are all new. After a second one the
model answer runs there, as a control: if it meets none, the answer brings the incident about; otherwise the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from redis.exceptions import RedisError

from workbook.box.box import Incident, IncidentError, Slot
from workbook.check.outcome import Finding, NotYet, Outcome
from workbook.check.question import Question
from workbook.errors import BenchError

REPORT = "That is a fault of the course, not of your answer; please report it, with the seed."
AGAIN = "That is no fault of your answer, and costs nothing: check again, when the machine is less busy."


@dataclass(frozen=True)
class Run:
    """How one run of a judge went: an outcome, an incident, or an exception of our own; one of them is there."""

    outcome: Outcome | None = None
    incident: Incident | None = None
    fault: Exception | None = None


@dataclass(frozen=True)
class Trial:
    """An answer, the question it answers, and all that fixes a run of it."""

    slot: Slot
    question: Question
    files: Mapping[str, str]
    seed: int

    def run(self) -> Run:
        """Let the question's judge work in a box as new, whatever the answer does to the box."""
        try:
            box = self.slot.renew(self.seed)
            box.put(self.files)
            try:
                outcome = self.question.judge(box, Random(self.seed))
            except NotYet as ended:
                outcome = ended.outcome
            box.freeze()
        except IncidentError as error:
            return Run(incident=error.incident)
        except (RedisError, BenchError, OSError) as error:
            what = "the server" if isinstance(error, RedisError) else "the machine"
            return Run(incident=self.slot.incident() or Incident(what, f"did not do what was asked ({error})"))
        except Exception as error:
            incident = self.slot.incident()
            return Run(incident=incident) if incident else Run(fault=error)
        if incident := self.slot.incident():
            return Run(incident=incident)
        if not self._may_be(outcome):
            return Run(fault=ValueError(f"{outcome.points:g} of {self.question.points} points, and {outcome.state}"))
        return Run(outcome)

    def _may_be(self, outcome: Outcome) -> bool:
        """Whether the points fit the state: all for what is right, fewer for what is not yet."""
        most = self.question.points
        return outcome.points == most if outcome.state == "right" else 0 <= outcome.points < most


def judged(
    trial: Trial, control: Callable[[], Trial | None], incidents: list[Incident], debug: bool = False
) -> Outcome:
    """The outcome of an answer, from as many runs as it takes; notes the `incidents` that the runs met."""
    run = Run()
    for _ in range(2):
        run = trial.run()
        if run.outcome:
            return run.outcome
        if run.incident:
            incidents.append(run.incident)
            trial.slot.replace()
        elif debug and run.fault:
            raise run.fault
    if run.fault:
        return could_not_judge(f"The check itself failed ({type(run.fault).__name__}: {run.fault}).", REPORT)
    assert run.incident
    model = control()
    if model and model.run().outcome:
        return broken_by_the_answer(run.incident)
    trial.slot.replace()
    return could_not_judge(f"The check could not be carried out: {run.incident}.", AGAIN)


def could_not_judge(why: str, lesson: str) -> Outcome:
    """The run says nothing about the answer."""
    return Outcome("could not judge", findings=(Finding(got=why, lesson=lesson),))


def broken_by_the_answer(incident: Incident) -> Outcome:
    """Twice an incident, and none with another answer."""
    finding = Finding(
        "running your answer",
        f"it ended or blocked the server or its own process ({incident})",
        "an answer that touches its own jobs and keys only",
        "At work that server and that process are shared: every queue would stand still.",
    )
    return Outcome("not yet", findings=(finding,))


__all__ = ["Run", "Trial", "judged"]
