"""What the judges of lab 03 share: the scene with its database, and jobs in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from workbook.bench.box import Box, Exit
from workbook.check.evidence import JobEvidence, ran, read_job

SCENE = Path(__file__).with_name("scene_03.py")
Row = list[Any]


def set_scene(box: Box, users: list[Row] | None = None) -> None:
    """Lay `scene.py` into the box, and begin a database with users: id, name, mail."""
    box.put({"scene.py": SCENE.read_text(encoding="utf-8")})
    if users is not None:
        ran(box.call("scene.begin", users), "a new database")


def table(box: Box, name: str) -> list[Row]:
    """The rows of a table of the database, sorted."""
    rows = ran(box.call("scene.table", name), f"reading the table {name}").value
    return rows if isinstance(rows, list) else []


def ran_in_scene(exit: Exit, tried: str) -> Exit:
    """`ran`, whose message leaves out the lines of the scene."""
    raised = exit.raised and replace(exit.raised, lines=own(exit.raised.lines))
    return ran(replace(exit, raised=raised), tried)


def own(lines: str) -> str:
    """The lines of a traceback that are not the scene's."""
    return "\n".join(line for line in lines.splitlines() if not line.startswith("scene.py"))


def first_failed(box: Box, ids: tuple[str, ...] | list[str]) -> JobEvidence | None:
    """The first of some jobs that has not finished."""
    return next((job for id in ids if (job := read_job(box.redis, id)).status != "finished"), None)


def shown(job: JobEvidence) -> str:
    """A job's end, in words."""
    return f"{job.status or 'gone'} {job.failure}\n{own(job.lines)}".strip()


def waiting(number: int) -> str:
    """So many jobs wait."""
    return "1 job waits" if number == 1 else f"{number} jobs wait"
