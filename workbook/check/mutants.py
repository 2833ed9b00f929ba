"""Questions in which the learner writes a test: how many of the given bad functions does it catch?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbook.check.outcome import Finding, Outcome, not_yet, right


@dataclass(frozen=True)
class Mutant:
    """A bad function: what is wrong with it, the body of its source, and what a test lacks that lets it pass."""

    name: str
    body: str
    why_survived: str


def scored(
    mutants: Sequence[Mutant], caught: Sequence[bool], tried: str, passed: str, none_caught: str, each: float
) -> Outcome:
    """`each` points for each mutant that was caught; the finding names the first survivor.

    `passed` are the good functions that the test let pass, in words; `none_caught` is the lesson for a test that
    catches nothing.
    """
    number, survivors = sum(caught), [mutant for mutant, was in zip(mutants, caught, strict=True) if not was]
    result = f"caught {number} of {len(mutants)}"
    if survivors:
        finding = Finding(
            tried=tried,
            got=f"passed {passed}, {result}; survivor: {survivors[0].name}",
            expected=f"caught {len(mutants)} of {len(mutants)}",
            lesson=survivors[0].why_survived if number else none_caught,
        )
        not_yet(finding, points=each * number)
    return right(each * number, f"{tried}: passed {passed}, {result}")
