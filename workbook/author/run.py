"""`python3 -m workbook run`: execute chapters headless and leave the executed copies and pages under build/."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nbconvert import HTMLExporter
from nbformat import NotebookNode
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from workbook.author.execute import CELL_SECONDS, execute
from workbook.author.notebooks import ROOT, NotebookError, code_cells, course_notebooks, dump, read

INTERRUPTED = 130


def run_chapters(names: list[str], console: Console, root: Path = ROOT, cell_seconds: float = CELL_SECONDS) -> int:
    """Execute the named chapters (all, when none is named), each to its end or first failure.

    Writes build/NAME.ipynb and build/NAME.html below `root`, also for one that failed. Returns the exit code: 0 when
    all ran through, 130 after Ctrl-C, else 1, after printing the failing cell's number, source and error.
    """
    try:
        return execute_all(names, console, root, cell_seconds)
    except KeyboardInterrupt:
        said = f"Interrupted. What had been executed by then is in {root / 'build'}."
        console.print(said, markup=False, highlight=False, soft_wrap=True)
        return INTERRUPTED


def execute_all(names: list[str], console: Console, root: Path, cell_seconds: float) -> int:
    """What `run_chapters` does while nobody interrupts it."""
    build = root / "build"
    build.mkdir(exist_ok=True)
    failures = []
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("cell {task.completed}/{task.total}"))
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        for path in course_notebooks(names, root):
            notebook = read(path)
            task = progress.add_task(path.stem, total=len(code_cells(notebook)))
            try:
                execute(notebook, path, counting(progress, task), cell_seconds)
            except NotebookError as error:
                failures.append(str(error))
            write_copies(notebook, build / path.stem)
    for failure in failures:
        console.print(failure, markup=False, highlight=False)
    console.print(f"Executed copies and pages: {build}", markup=False, highlight=False, soft_wrap=True)
    return 1 if failures else 0


def counting(progress: Progress, task: TaskID) -> Callable[[int], None]:
    """What tells a bar how many cells were executed."""
    return lambda number: progress.update(task, completed=number)


def write_copies(notebook: NotebookNode, path: Path) -> None:
    """Write the executed notebook and an HTML page of it to `path` with .ipynb and .html added."""
    path.with_suffix(".ipynb").write_text(dump(notebook), encoding="utf-8")
    page, _ = HTMLExporter().from_notebook_node(notebook, resources={"metadata": {"name": path.name}})
    path.with_suffix(".html").write_text(page, encoding="utf-8")
