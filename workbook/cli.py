"""The commands of `python3 -m workbook`. Imported inside the environment only."""

import os
import sys
from contextlib import chdir

import click
from rich.console import Console

from workbook.course.working_copy import WorkingCopy, find_working_copy
from workbook.environment import ROOT, explain_os_error, python_of_environment
from workbook.errors import WorkbookError

PROGRAM = "python3 -m workbook"
INTERRUPTED = 130
# Most tests wait for processes, so that one more than there are cores uses them. See author/side_by_side.py.
WORKERS = min(4, (os.cpu_count() or 1) + 1)
SIDE_BY_SIDE = ("-n", str(WORKERS), "--dist", "loadgroup")


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code; what a user can cause is said in one sentence."""
    if not arguments or (arguments[0].startswith("-") and arguments[0] != "--help"):
        arguments = ["start", *arguments]
    try:
        return commands.main(arguments, prog_name=PROGRAM, standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except WorkbookError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(explain_os_error(error), file=sys.stderr)
        return 2
    except click.Abort:
        return INTERRUPTED


@click.group()
def commands() -> None:
    """Learn background jobs in Python: RQ on a real Redis-protocol server, in JupyterLab.

    Without a command: `start`.
    """


@commands.command()
@click.option("--browser/--no-browser", default=True, help="Open the browser, or only print the address.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port of JupyterLab; any free one if not given.")
@click.option("--ip", default="127.0.0.1", show_default=True, help="The address it listens on; 0.0.0.0 in containers.")
def start(browser: bool, port: int | None, ip: str) -> None:
    """Open the course in JupyterLab, on your own copies of its notebooks in my/."""
    from workbook.course.jupyter import become_jupyterlab

    working_copy = WorkingCopy(ROOT)
    for sentence in working_copy.lay_out():
        click.echo(sentence)
    become_jupyterlab(working_copy.folder, ip, port, browser)


@commands.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
def test(pytest_args: tuple[str, ...]) -> None:
    """Run everything that CI runs. PYTEST_ARGS are pytest's own."""
    os.chdir(ROOT)
    # Becomes pytest: its summary line is the last, and its exit code ours.
    python = python_of_environment()
    os.execv(python, [python, "-m", "pytest", *SIDE_BY_SIDE, *pytest_args])


@commands.command()
@click.option("--dev", is_flag=True, help="With the tools that `test` needs.")
def setup(dev: bool) -> None:
    """Set up the environment in .venv and stop there."""
    # The bootstrap did, before it came here.
    tools = " with the development tools" if dev else ""
    click.echo(f"The environment in {ROOT / '.venv'} is set up{tools}.")


@commands.command()
def doctor() -> int:
    """Show what this machine has for the course, and what to do about what is missing."""
    from workbook.doctor import report

    return report(Console())


@commands.command()
@click.argument("chapters", metavar="[CHAPTER]...", nargs=-1)
def run(chapters: tuple[str, ...]) -> int:
    """Execute chapters (all, if none is named) without a browser; the results go to build/."""
    from workbook.author.run import run_chapters
    from workbook.course.jupyter import writable_folders

    os.environ.update(writable_folders(ROOT / "build" / ".home"))
    return run_chapters(list(chapters), Console())


@commands.command()
@click.option("--check", is_flag=True, help="Only say whether anything is out of date.")
@click.option("--force", is_flag=True, help="Execute unchanged notebooks too.")
@click.argument("chapters", metavar="[CHAPTER]...", nargs=-1)
def build(check: bool, force: bool, chapters: tuple[str, ...]) -> int:
    """Make the committed notebooks anew (for authors)."""
    from workbook.author.build import build as build_notebooks

    return build_notebooks(check=check, force=force, names=list(chapters), console=Console())


@commands.command()
@click.argument("name")
def reset(name: str) -> None:
    """Bring one notebook in my/ back to the course's version: 02, 02_run_your_first_job or labs/02."""
    click.echo(WorkingCopy(ROOT).reset(name))


@commands.command()
@click.option("--seed", type=int, help="Choose the same inputs again: the seed that an earlier check has shown.")
@click.option("--show-seed", is_flag=True, help="Show the seed of each check.")
@click.option("--debug", is_flag=True, help="Show a fault of the course itself with its traceback.")
@click.argument("labs", metavar="[LAB]...", nargs=-1)
def check(seed: int | None, show_seed: bool, debug: bool, labs: tuple[str, ...]) -> int:
    """Judge your labs (all, if none is named: 05, say) as they are saved in my/labs."""
    from workbook.course.check_command import check_labs

    return check_labs(list(labs), Console(), ROOT, seed, show_seed or seed is not None, debug)


@commands.group()
def author() -> None:
    """For those who make the course."""


@author.command()
@click.option("--nbgrader/--no-nbgrader", default=True, help="Have nbgrader grade a blank and a solved lab, too.")
@click.option("--seed", type=int, default=0, show_default=True, help="Chooses the inputs of every check.")
@click.option("--keep", is_flag=True, help="Keep what wrong answers are told now in tests/golden.")
@click.argument("labs", metavar="[LAB]...", nargs=-1)
def gate(nbgrader: bool, seed: int, keep: bool, labs: tuple[str, ...]) -> int:
    """Prove that the labs tell right from wrong: solutions, blanks, other right answers, mutants."""
    from workbook.author.gate import gate as run_gate

    return run_gate(list(labs), Console(), nbgrader=nbgrader, seed=seed, keep=keep)


@commands.command()
def review() -> int:
    """Ask five questions that are due from your chapters."""
    from workbook.course.review import review as review_items

    folder = WorkingCopy(ROOT).folder
    if find_working_copy(folder) != folder.resolve():
        click.echo(f"There is nothing to review yet: {PROGRAM} opens the course, in a copy of your own.")
        return 0
    with chdir(folder):  # where the log is
        return review_items(Console())
