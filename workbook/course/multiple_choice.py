"""Questions with three answers, one of them right: how they are shown, and how a reader's letters are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbook.course.card import as_html

LETTERS = "abc"
DO_NOT_KNOW = "-"


@dataclass(frozen=True)
class MultipleChoice:
    """A question with three answers; `right` is the index of the right one, `chapter` where it is shown."""

    question: str
    answers: list[str]
    right: int
    chapter: str

    @property
    def right_letter(self) -> str:
        """The letter of the right answer."""
        return LETTERS[self.right]

    @property
    def right_answer(self) -> str:
        """The words of the right answer."""
        return self.answers[self.right]

    @property
    def lettered(self) -> list[tuple[str, str]]:
        """Each answer with its letter."""
        return list(zip(LETTERS, self.answers, strict=True))


class Paper:
    """Questions as a reader sees them, in text and in HTML, without a hint which answers are right."""

    def __init__(self, questions: Sequence[MultipleChoice], heading: str = "", footer: str = "") -> None:
        self.questions, self.heading, self.footer = questions, heading, footer

    def __repr__(self) -> str:
        lines = [self.heading] if self.heading else []
        for number, question in enumerate(self.questions, 1):
            lines.append(f"{number}. {question.question}")
            lines += [f"   {letter}  {answer}" for letter, answer in question.lettered]
        return "\n".join([*lines, self.footer] if self.footer else lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<li style='margin-bottom:.7em'>{as_html(question.question)}"
            + "".join(f"<div>&emsp;<b>{letter}</b>&ensp;{as_html(words)}</div>" for letter, words in question.lettered)
            + "</li>"
            for question in self.questions
        )
        above = f"<b>{as_html(self.heading)}</b>" if self.heading else ""
        below = f"<div style='max-width:46em'>{as_html(self.footer)}</div>" if self.footer else ""
        return f"{above}<ol style='max-width:46em'>{rows}</ol>{below}"


def letters_of(answers: str) -> str:
    """The letters that a reader gave, without spaces, in lower case."""
    return "".join(answers.lower().split())


def problem_with(given: str, count: int) -> str | None:
    """What is wrong with the letters given for `count` questions, a sentence; None when nothing is."""
    valid = {*LETTERS, DO_NOT_KNOW}
    for place, letter in enumerate(given, 1):
        if letter not in valid:
            return f"{letter!r} at question {place} is none of a, b, c and the dash."
    if len(given) != count:
        are, answers = ("is", "answer") if len(given) == 1 else ("are", "answers")
        return f"There {are} {len(given)} {answers} for {count} questions."
    return None
