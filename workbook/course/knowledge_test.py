"""The test of twelve questions before and after the course: what changed is the course's own report."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbook.course import log
from workbook.course.card import Card, show
from workbook.course.multiple_choice import DO_NOT_KNOW, LETTERS, MultipleChoice, Paper, letters_of, problem_with

TEST = Path(__file__).with_name("test.toml")


@functools.cache
def load_items() -> list[MultipleChoice]:
    """The twelve items, in order."""
    return [MultipleChoice(**entry) for entry in tomllib.loads(TEST.read_text(encoding="utf-8"))["item"]]


@dataclass(frozen=True)
class Taken:
    """A test that was taken: when (as the log has it), and the letters given."""

    at: str
    letters: str

    @property
    def marks(self) -> list[bool]:
        """For each item, whether the answer was right."""
        return [letter == item.right_letter for letter, item in zip(self.letters, load_items(), strict=True)]

    @property
    def score(self) -> str:
        """How many were right, in words."""
        return f"{sum(self.marks)} of {len(self.marks)} right"


def show_pretest() -> Paper:
    """The twelve questions, before the course."""
    return Paper(load_items())


def score_pretest(*answers: str) -> None:
    """Record your answers: twelve letters a, b or c, in as many pieces as you like; a dash for "I do not know".

    Says how many are right and not which: the same questions come again after the course. The first answers count.
    """
    show(record_pretest(_joined(answers)))


def show_posttest() -> Paper:
    """The same twelve questions, after the course."""
    return Paper(load_items())


def score_posttest(*answers: str) -> None:
    """Record your answers after the course, as before it, and show what you gained and which answers are right.

    The first answers count: after them the right ones are on the screen.
    """
    show(record_posttest(_joined(answers)))


def record_pretest(answers: str) -> Card:
    """Record the answers, the first time, and return the card that says so, or what is wrong with them."""
    given = letters_of(answers)
    if refusal := _refusal(given):
        return refusal
    if earlier := first_taken("pretest"):
        reason = f"Your answers of {earlier.at[:10]} count: the end is to be compared with the start."
        return Card(f"Not recorded again: {earlier.score}", [reason])
    remark = "Which ones, you will find out yourself. The same questions come again at the end."
    return Card(f"Recorded: {_record('pretest', given).score}", [remark, *log.where_kept()])


def record_posttest(answers: str) -> Card:
    """Record the answers, the first time, and return the card with the gain and every right answer."""
    given = letters_of(answers)
    if refusal := _refusal(given):
        return refusal
    if earlier := first_taken("posttest"):
        heading, remarks = "Not recorded again", [f"Your answers of {earlier.at[:10]} count."]
    else:
        heading, remarks = "Recorded", log.where_kept()
    after = earlier or _record("posttest", given)
    before = first_taken("pretest")
    if before and before.at > after.at:
        before = None  # taken when the right answers had been shown
    return Card(f"{heading}: {after.score}", [*remarks, *gain(before, after), *_right_answers(after)])


def first_taken(kind: str) -> Taken | None:
    """The first test of a kind ("pretest" or "posttest") in the log, or None; entries that are no test do not count."""
    for entry in log.read(kind):
        at, letters = entry.get("at"), entry.get("answers")
        if isinstance(at, str) and isinstance(letters, str) and problem_with(letters, len(load_items())) is None:
            return Taken(at, letters)
    return None


def gain(before: Taken | None, after: Taken) -> list[str]:
    """What was gained from the test before the course to the one after it, in sentences."""
    if before is None:
        return ["You did not take the test before the course, so what you gained cannot be said."]
    pre, post, all_items = sum(before.marks), sum(after.marks), len(after.marks)
    change = {0: "no change"}.get(post - pre, f"{abs(post - pre)} {'more' if post > pre else 'fewer'}")
    lines = [f"From {pre} to {post} of {all_items}: {change}. (Who guesses blindly gets about {all_items // 3}.)"]
    if pre == all_items:
        lines.append("All were right before the course, so there was nothing to gain and there is no normalised gain.")
    else:
        normalised = (post - pre) / (all_items - pre)
        lines.append(
            f"Normalised gain: {normalised:.2f}, the gain as a share of the {all_items - pre} that you lacked."
        )
    moves = list(enumerate(zip(before.marks, after.marks, strict=True), 1))
    lines.append(_moved("from wrong to right", [number for number, (was, now) in moves if now and not was]))
    lines.append(_moved("from right to wrong", [number for number, (was, now) in moves if was and not now]))
    return lines


def _moved(way: str, numbers: list[int]) -> str:
    return f"Questions {way}: {', '.join(map(str, numbers)) or 'none'}."


def _right_answers(taken: Taken) -> list[str]:
    """A line an item: what was answered, the right answer, and the chapter that shows it."""
    lines = []
    for number, (letter, item) in enumerate(zip(taken.letters, load_items(), strict=True), 1):
        if letter == item.right_letter:
            verdict = "right"
        elif letter == DO_NOT_KNOW:
            verdict = "not answered; right is"
        else:
            verdict = f"you said {letter}, {item.answers[LETTERS.index(letter)]}; right is"
        lines.append(f"{number}. {verdict}: {item.right_letter}, {item.right_answer} (chapter {item.chapter})")
    return lines


def _joined(answers: tuple[Any, ...]) -> str:
    """The pieces as one text; dots that were left in place are no answer."""
    return "".join(str(piece) for piece in answers if piece is not ...)


def _refusal(given: str) -> Card | None:
    """The card that says why these letters are not recorded; None when they can be."""
    count = len(load_items())
    if set(given) <= {DO_NOT_KNOW}:
        return Card(f"{count} questions, none answered", ["Nothing is recorded until you put letters for dashes."])
    problem = problem_with(given, count)
    return Card("Not recorded", [problem], "wrong") if problem else None


def _record(kind: str, given: str) -> Taken:
    """Write the answers down, with the number of right ones, and return them."""
    right = sum(letter == item.right_letter for letter, item in zip(given, load_items(), strict=True))
    log.write(kind, answers=given, right=right)
    return first_taken(kind) or Taken(log.now(), given)  # a log that cannot be written keeps nothing
