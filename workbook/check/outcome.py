"""What a judge says about an answer: plain data, which also goes into a grader's records."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, NoReturn

State = Literal["not started", "not yet", "right", "could not judge"]


@dataclass(frozen=True)
class Finding:
    """One thing that was found. All texts are for the learner, whole sentences or short phrases, without a full stop at
    the end where they are values.

    `tried` is what was done with the answer, `got` what came back, `expected` what should have, `lesson` why that
    matters at work.
    """

    tried: str = ""
    got: str = ""
    expected: str = ""
    lesson: str = ""

    def lines(self) -> list[str]:
        """The finding as a learner reads it, a line each."""
        parts = {"Tried": self.tried, "Came back": self.got, "Expected": self.expected, "Why": self.lesson}
        return [line for name, text in parts.items() if text for line in f"{name}: {text}".splitlines()]


@dataclass(frozen=True)
class Outcome:
    """One judgement: the state, the points, and what was found, the most important first.

    `hint` is the step of the next hint (1 to 3), 0 when there is none. `public` is False where a grader must not show
    what came back and what was expected. "could not judge" means that the run says nothing about the answer: no points
    are lost, no attempt is counted, and the finding says whose fault it is.
    """

    state: State
    points: float = 0
    findings: tuple[Finding, ...] = ()
    hint: int = 0
    public: bool = True

    @property
    def finding(self) -> Finding:
        """The first finding; an empty one where there is none."""
        return self.findings[0] if self.findings else Finding()

    def lines(self) -> list[str]:
        """What is said below the heading, a line each."""
        if self.state in ("not started", "could not judge"):
            said = [text for finding in self.findings for text in (finding.got, finding.lesson) if text]
            return [line for text in said for line in text.splitlines()]
        return [line for finding in self.findings for line in finding.lines()]

    def as_json(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)


class NotYet(Exception):
    """Raised by a judge, or by what it uses, to end the judgement with an outcome."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.finding.got)
        self.outcome = outcome


def right(points: float, tried: str, lesson: str = "") -> Outcome:
    """The answer is right. `tried` leaves random values out: a right answer reads the same twice."""
    return Outcome("right", points, (Finding(tried=tried, lesson=lesson),))


def not_yet(finding: Finding, points: float = 0) -> NoReturn:
    """End the judgement: not yet. `points` are those for what is right already."""
    raise NotYet(Outcome("not yet", points, (finding,)))


def expect(holds: object, finding: Finding, points: float = 0) -> None:
    """End the judgement with "not yet", and this finding, unless `holds`."""
    if not holds:
        not_yet(finding, points)
