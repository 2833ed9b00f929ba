"""`python3 -m workbook check`: judge the saved labs in the working copy, without a kernel."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from workbook.box.plain import PlainSlot
from workbook.check.answers import blank_of_lab, model_of_lab, read_answers
from workbook.check.engine import Examiner, Verdict
from workbook.check.question import CheckError
from workbook.course.lab import verdict_heading, verdict_lines
from workbook.course.working_copy import WorkingCopy
from workbook.labs import find_lab, lab_numbers


def check_labs(
    numbers: list[str],
    console: Console,
    root: Path,
    seed: int | None = None,
    show_seed: bool = False,
    debug: bool = False,
) -> int:
    """Judge the named labs (all, if none is named) as they are saved, and print what each question says.

    `seed` chooses the same inputs again, `show_seed` prints each seed, `debug` raises what fails in our own code.
    Returns 0 when everything is right, else 1. CheckError for a lab that does not exist or is not in the working copy.
    """
    labs = [find_lab(number) for number in numbers or lab_numbers()]
    saved = {lab.number: saved_answers(lab.number, WorkingCopy(root).folder) for lab in labs}
    verdicts: list[Verdict] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with closing(PlainSlot()) as slot, Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("checking", total=sum(len(lab.questions) for lab in labs))
        for lab in labs:
            model = partial(model_of_lab, lab.number, root / "solutions")
            examiner = Examiner(lab, blank_of_lab(lab.number, root / "labs"), slot, model, debug)
            for question in lab.questions:
                progress.update(task, description=f"lab {lab.number} {question.id}")
                verdicts.append(examiner.judge(question.id, saved[lab.number], seed))
                progress.advance(task)
    for lab in labs:
        mine = [verdict for verdict in verdicts if verdict.lab == lab.number]
        points = sum(verdict.outcome.points for verdict in mine)
        say(console, f"Lab {lab.number} {lab.title}: {points:g} of {lab.points} points")
        for verdict in mine:
            tell(verdict, console, show_seed)
    return 0 if all(verdict.outcome.state == "right" for verdict in verdicts) else 1


def saved_answers(number: str, working_copy: Path) -> dict[str, str]:
    """The modules in the learner's saved lab. CheckError when it is not there."""
    found = sorted((working_copy / "labs").glob(f"{number}_*.ipynb"))
    if not found:
        raise CheckError(f"Lab {number} is not in {working_copy / 'labs'}: `python3 -m workbook` lays it out there.")
    return read_answers(found[0])


def tell(verdict: Verdict, console: Console, show_seed: bool) -> None:
    """Print one verdict; what is right takes one line."""
    seed = f" (seed {verdict.seed})" if show_seed or verdict.outcome.state == "could not judge" else ""
    say(console, f"  {verdict_heading(verdict)}{seed}")
    if verdict.outcome.state != "right":
        for line in verdict_lines(verdict):
            say(console, f"      {line}")


def say(console: Console, line: str) -> None:
    """Print a line as it is: it may hold anything."""
    console.print(line, markup=False, highlight=False, soft_wrap=True)
