"""The rubric of the reflection: yes/no points, the level that follows from them, and when all levels pass.

    rubric = load_rubric()
    rubric.question("q1").points        # what a marker answers with yes or no
    rubric.level([True, True, True], own_evidence=True, boundary=False)    # 3

`rubric.toml` beside this file holds the words; a grader's form can be made from it.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbook.errors import WorkbookError

RUBRIC = Path(__file__).with_name("rubric.toml")
DEMONSTRATES = 4  # the level that needs own evidence and a boundary


class RubricError(WorkbookError):
    """A question that the rubric does not have, or points that do not fit it."""


@dataclass(frozen=True)
class Question:
    """A question: three points to answer with yes or no, and what an answer of each level is like, from level 1."""

    id: str
    title: str
    points: tuple[str, ...]
    levels: tuple[str, ...]


@dataclass(frozen=True)
class Anchor:
    """An answer with known points, to mark first; `why` is what an expert says of it."""

    question: str
    answer: str
    points: tuple[bool, ...]
    why: str


@dataclass(frozen=True)
class Rubric:
    """Questions, anchors, and the rules from points to level and from levels to the whole."""

    questions: tuple[Question, ...]
    anchors: tuple[Anchor, ...]
    level_by_yes: tuple[int, ...]
    level_names: tuple[str, ...]
    own_evidence: str
    boundary: str
    every_level_at_least: int
    distinction_level: int
    distinction_count: int

    def question(self, id: str) -> Question:
        """The question with this id ("q1"). RubricError when there is none."""
        for question in self.questions:
            if question.id == id:
                return question
        raise RubricError(f"There is no question {id!r}; use one of: {', '.join(q.id for q in self.questions)}.")

    def anchor(self, id: str) -> Anchor:
        """The answer to be marked first for a question. RubricError when it has none."""
        for anchor in self.anchors:
            if anchor.question == id:
                return anchor
        raise RubricError(
            f"There is no answer {id!r} to mark; use one of: {', '.join(a.question for a in self.anchors)}."
        )

    def level(self, points: Sequence[bool], own_evidence: bool, boundary: bool) -> int:
        """The level, 1 to 4, of an answer with these points.

        `own_evidence` and `boundary` are as the rubric's texts of these names say; only level 4 asks for them.
        """
        if len(points) != len(self.level_by_yes) - 1:
            raise RubricError(f"An answer has {len(self.level_by_yes) - 1} points, not {len(points)}.")
        if all(points) and own_evidence and boundary:
            return DEMONSTRATES
        return self.level_by_yes[sum(map(bool, points))]

    def anchor_level(self, id: str) -> int:
        """The expert's mark of an answer to be marked first; these have no evidence and no boundary."""
        return self.level(self.anchor(id).points, own_evidence=False, boundary=False)

    def verdict(self, levels: Sequence[int]) -> str:
        """What the levels of all questions come to: "distinction", "pass" or "not yet"."""
        if len(levels) != len(self.questions):
            raise RubricError(f"There are {len(self.questions)} questions, and {len(levels)} levels.")
        if min(levels) < self.every_level_at_least:
            return "not yet"
        best = sum(level >= self.distinction_level for level in levels)
        return "distinction" if best >= self.distinction_count else "pass"


@functools.cache
def load_rubric(path: Path = RUBRIC) -> Rubric:
    """The rubric in `path`. RubricError when something is missing or does not fit."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        rubric = Rubric(
            questions=tuple(
                Question(entry["id"], entry["title"], tuple(entry["points"]), tuple(entry["levels"]))
                for entry in found["question"]
            ),
            anchors=tuple(
                Anchor(entry["question"], one_line(entry["answer"]), tuple(entry["points"]), one_line(entry["why"]))
                for entry in found["anchor"]
            ),
            level_by_yes=tuple(found["rule"]["level_by_yes"]),
            level_names=tuple(found["rule"]["names"]),
            own_evidence=found["rule"]["own_evidence"],
            boundary=found["rule"]["boundary"],
            **found["pass"],
        )
    except (KeyError, TypeError) as error:
        raise RubricError(f"{path.name} is not a rubric: {error} is missing or not known.") from None
    check_sizes(rubric)
    return rubric


def check_sizes(rubric: Rubric) -> None:
    """RubricError when points, levels and rule do not fit each other."""
    wanted = len(rubric.level_by_yes) - 1
    for question in rubric.questions:
        if len(question.points) != wanted or len(question.levels) != len(rubric.level_names):
            raise RubricError(
                f"Question {question.id} has {len(question.points)} points, {len(question.levels)} levels."
            )
    for anchor in rubric.anchors:
        rubric.question(anchor.question)
        if len(anchor.points) != wanted:
            raise RubricError(f"The answer to mark for {anchor.question} has {len(anchor.points)} points.")


def one_line(text: str) -> str:
    """Text of several lines as one."""
    return " ".join(text.split())


def rubric_table(question: Question, rubric: Rubric) -> str:
    """A question's rubric in Markdown: its three points, and a table of the levels."""
    points = "\n".join(f"{number}. {point}" for number, point in enumerate(question.points, 1))
    header = " | ".join(f"{level} {name}" for level, name in enumerate(rubric.level_names, 1))
    return f"{points}\n\n| {header} |\n|{'---|' * len(question.levels)}\n| {' | '.join(question.levels)} |"


def rule_in_words(rubric: Rubric) -> str:
    """The rules in Markdown: from points to level, and from levels to the whole."""
    names = " · ".join(f"**{level}** {name}" for level, name in enumerate(rubric.level_names, 1))
    counts = {level: [str(yes) for yes, is_ in enumerate(rubric.level_by_yes) if is_ == level] for level in range(1, 4)}
    by_yes = ", ".join(f"{' or '.join(yes)} yes is level {level}" for level, yes in counts.items() if yes)
    return (
        f"Levels: {names}. A marker answers three yes/no questions an answer: {by_yes}. Level {DEMONSTRATES} is "
        f"level {rubric.level_by_yes[-1]} with *own evidence* ({rubric.own_evidence}) and a *boundary* "
        f"({rubric.boundary}). To pass, every answer is at level {rubric.every_level_at_least} at least; with "
        f"{rubric.distinction_count} of them at level {rubric.distinction_level} it is a distinction."
    )


def mark_in_words(id: str, given: Any, rubric: Rubric | None = None) -> tuple[str, list[str], str]:
    """What to say of a learner's mark for an answer: heading, lines, and whether it is "right", "wrong" or "plain".

    Without a mark (the dots) it tells nothing but how to give one.
    """
    rubric = rubric or load_rubric()
    anchor, levels = rubric.anchor(id), range(1, len(rubric.level_names) + 1)
    if given is ...:
        return f"{id}: not marked yet", [f"Put a level, {levels[0]} to {levels[-1]}, in place of the dots."], "plain"
    if isinstance(given, bool) or given not in levels:
        return f"{id}: {given!r} is no level", [f"Put {levels[0]}, {levels[1]}, {levels[2]} or {levels[3]}."], "wrong"
    expert = rubric.anchor_level(id)
    heading = f"{id}: you gave {given}, the expert {expert} ({rubric.level_names[expert - 1]})"
    asked = rubric.question(id).points
    lines = [f"{'yes' if met else 'no'}: {point}" for point, met in zip(asked, anchor.points, strict=True)]
    return heading, [*lines, anchor.why], "right" if given == expert else "wrong"
