"""`python3 -m workbook review`: the questions whose time has come, five at a time.

An item is due again 1 day after its first answer; then, when it is answered rightly, after 7 and after 21 days. A wrong
answer brings it back the next day.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

import click
from rich.console import Console
from rich.text import Text

from workbook.course import log
from workbook.course.items import Answer, Item, bank, history, record_item
from workbook.course.multiple_choice import DO_NOT_KNOW, LETTERS

DAYS = (1, 7, 21)
MOST = 5


def next_due(answers: Sequence[Answer]) -> date:
    """The day on which an item with these answers, oldest first, is due again."""
    step, due = 0, answers[0].day + timedelta(DAYS[0])
    for answer in answers[1:]:
        if not answer.right:
            step = 0
        elif answer.day >= due:
            step = min(step + 1, len(DAYS) - 1)
        else:
            continue  # remembered before it was due: that shows nothing yet
        due = answer.day + timedelta(DAYS[step])
    return due


def due_items(
    today: date, answered: Mapping[str, list[Answer]], opened: Collection[str], most: int = MOST
) -> list[Item]:
    """What to ask today: what is due, longest overdue first; then new questions of the chapters opened, in turn."""
    days = {id: next_due(answers) for id, answers in answered.items()}
    due = sorted((id for id in days if days[id] <= today), key=lambda id: (days[id], id))
    new = [item for item in bank().values() if item.chapter in opened and item.id not in answered]
    new.sort(key=lambda item: (item.id[3:], item.chapter))
    return [*(bank()[id] for id in due), *new][:most]


def opened_chapters() -> set[str]:
    """The chapters from which the log has a guess, a reveal or an answer."""
    entries = [entry for kind in ("guess", "reveal", "item") for entry in log.read(kind)]
    return {entry["id"][:2] for entry in entries if isinstance(entry.get("id"), str)}


def nothing_due(answered: Mapping[str, list[Answer]]) -> str:
    """What to say when nothing is due: when the next question is."""
    if not answered:
        return "There is nothing to review yet: it asks about chapters in which you have run something in my/."
    day, id = min((next_due(answers), id) for id, answers in answered.items())
    return f"Nothing is due today. The next question, from chapter {id[:2]}, is due on {day}."


def review(console: Console) -> int:
    """Ask what is due in a terminal; without one, list it. Return the exit code."""
    answered = history()
    items = due_items(date.today(), answered, opened_chapters())
    if not items:
        _print(console, nothing_due(answered))
    elif sys.stdin.isatty() and not os.environ.get("CI"):
        ask(items, console)
    else:
        _print(console, f"To review today: {len(items)}. Answer in a terminal.")
        for item in items:
            _print(console, f"{item.id}  {item.question}")
    return 0


def ask(items: Sequence[Item], console: Console) -> None:
    """Ask one after the other and record each answer at once: who leaves early keeps what was answered."""
    letters = click.Choice([*LETTERS, DO_NOT_KNOW], case_sensitive=False)
    done = right = 0
    try:
        for number, item in enumerate(items, 1):
            _print(console, f"\n{number} of {len(items)}: {item.question}", "bold")
            for letter, answer in item.lettered:
                _print(console, f"  {letter}  {answer}")
            letter = click.prompt("Your answer (a, b, c, or - if you do not know)", type=letters, show_choices=False)
            record_item(item, letter, where="review")
            done, right = done + 1, right + (letter == item.right_letter)
            verdict, text = item.verdict(letter)
            _print(console, verdict, "green" if letter == item.right_letter else "yellow")
            _print(console, text)
    except (click.Abort, KeyboardInterrupt):
        _print(console, f"\nStopped: {done} of {len(items)} answered, and kept.")
    else:
        _print(console, f"\n{right} of {done} right. {_outlook()}")


def _outlook() -> str:
    """When to come back."""
    answered = history()
    more = due_items(date.today(), answered, opened_chapters())
    return "More is due: run it again." if more else nothing_due(answered).removeprefix("Nothing is due today. ")


def _print(console: Console, words: str, style: str = "") -> None:
    """Print words as they stand: brackets in them are no markup, and where nobody looks no line is broken."""
    console.print(Text(words, style=style), soft_wrap=not console.is_terminal)
