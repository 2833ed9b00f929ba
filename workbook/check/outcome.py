"""What a judge says about an answer: plain data, which also goes into a grader's records."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, NoReturn

State = Literal["not started", "not yet", "right", "error"]


@dataclass(frozen=True)
class Outcome:
    """One judgement. All texts are for the learner, whole sentences or short phrases, without a full stop at the end
    where they are values.

    `tried` is what was done with the answer, `got` what came back, `expected` what should have, `lesson` why that
    matters at work. `hint` is the step of the next hint (1 to 3), 0 when there is none. `public` is False where a
    grader must not show `got` and `expected`. "error" means that the check itself failed: nobody's answer is judged.
    """

    state: State
    points: float = 0
    tried: str = ""
    got: str = ""
    expected: str = ""
    lesson: str = ""
    hint: int = 0
    public: bool = True

    def as_json(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)


class NotYet(Exception):
    """Raised by a judge, or by what it uses, to end the judgement with an outcome."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.got)
        self.outcome = outcome


def right(points: float, tried: str, lesson: str = "") -> Outcome:
    """The answer is right. `tried` leaves random values out: a right answer reads the same twice."""
    return Outcome("right", points, tried, lesson=lesson)


def not_yet(tried: str, got: str, expected: str, lesson: str, points: float = 0) -> NoReturn:
    """End the judgement: not yet. `points` are those for what is right already."""
    raise NotYet(Outcome("not yet", points, tried, got, expected, lesson))


def expect(holds: object, tried: str, got: str, expected: str, lesson: str, points: float = 0) -> None:
    """End the judgement with "not yet" unless `holds`."""
    if not holds:
        not_yet(tried, got, expected, lesson, points)
