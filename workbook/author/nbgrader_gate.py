"""Prove that nbgrader reads the labs: it grades a blank with 0 and a solved lab with full marks, by our checks.

nbgrader is a development tool: it is imported here only when the gate runs.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbook.author.notebooks import NotebookError

if TYPE_CHECKING:
    from nbgrader.apps import NbGraderAPI

BLANK, SOLVED = "blank", "solved"
FAILED = "nbgrader could not {what} lab {number}:\n{log}"


@dataclass(frozen=True)
class Grades:
    """What nbgrader gave to the blank and to the solved lab, and the most points that it knows of."""

    blank: float
    solved: float
    most: float


def grade_by_nbgrader(number: str, root: Path) -> Grades:
    """Grade a lab's blank and its solution by nbgrader, in a course of its own that is thrown away.

    NotebookError, with the end of nbgrader's log, when it cannot.
    """
    (blank,) = sorted((root / "labs").glob(f"{number}_*.ipynb"))
    with course(number, root, {BLANK: blank, SOLVED: root / "solutions" / blank.name}) as api:
        for student in (BLANK, SOLVED):
            done(api.autograde(number, student), f"grade the {student}", number)
        with api.gradebook as gradebook:
            scores = {each: gradebook.find_submission(number, each).score for each in (BLANK, SOLVED)}
            return Grades(scores[BLANK], scores[SOLVED], gradebook.find_assignment(number).max_score)


def autograde(number: str, root: Path, submission: Path) -> dict[str, Any]:
    """What nbgrader says of its attempt to grade one submission: `success`, `error`, `log`."""
    with course(number, root, {"somebody": submission}) as api:
        return api.autograde(number, "somebody")


@contextmanager
def course(number: str, root: Path, submissions: Mapping[str, Path]) -> Iterator[NbGraderAPI]:
    """A course of nbgrader's that knows a lab and has notebooks submitted by students; it is thrown away."""
    from nbgrader.apps import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    (blank,) = sorted((root / "labs").glob(f"{number}_*.ipynb"))
    with tempfile.TemporaryDirectory(prefix="nbgrader-") as folder:
        lay(blank, Path(folder, "source", number))
        for student, notebook in submissions.items():
            lay(notebook, Path(folder, "submitted", student, number), blank.name)
        config = Config()
        config.CourseDirectory.root = folder
        config.ExecutePreprocessor.timeout = 60
        config.ExecutePreprocessor.extra_arguments = ["--IPKernelApp.log_level=ERROR"]
        logging.getLogger("traitlets").setLevel(logging.ERROR)
        before, environment = Path.cwd(), dict(os.environ)
        # nbgrader calls alembic, which is installed beside this Python and need not be on the reader's path.
        os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        try:
            api = NbGraderAPI(CourseDirectory(config=config), config=config)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # SQLAlchemy's, about nbgrader's own way with it
                done(api.generate_assignment(number), "read", number)
                yield api
        finally:
            os.chdir(before)
            # nbgrader says in the environment that it is at work, and leaves that there when a kernel dies.
            os.environ.clear()
            os.environ.update(environment)


def lay(notebook: Path, folder: Path, name: str = "") -> None:
    """Put a copy of a notebook where nbgrader looks for it, under its name or another."""
    folder.mkdir(parents=True)
    shutil.copy(notebook, folder / (name or notebook.name))


def done(result: dict[str, Any], what: str, number: str) -> None:
    """Raise NotebookError unless a step of nbgrader's went well."""
    if not result["success"]:
        log = (result.get("error") or "") + (result.get("log") or "")
        raise NotebookError(FAILED.format(what=what, number=number, log=log[-1500:]))
