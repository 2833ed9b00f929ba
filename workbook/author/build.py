"""`python3 -m workbook build`: keep the committed notebooks executed and in normal form.

A notebook is executed again only when its code has changed since it was built (the hashes stand in its metadata), so
that building twice changes no byte. Cells whose code is the same keep their figure and, when tagged
`nbval-ignore-output`, their whole output: a diff shows what a person changed.
"""

from __future__ import annotations

import difflib
from copy import deepcopy
from pathlib import Path

from nbformat import NotebookNode
from rich.console import Console

from workbook.author.execute import execute
from workbook.author.notebooks import (
    IGNORED,
    ROOT,
    code_cells,
    code_hashes,
    course_notebooks,
    dump,
    join_streams,
    normalise,
    read,
)

FIGURE = "image/png"


def build(check: bool, force: bool, names: list[str], console: Console, root: Path = ROOT) -> int:
    """Build the named notebooks (all, when none is named) of `root`. Returns the exit code.

    `check` executes and writes nothing, and answers 1 when a notebook is not as `build` would leave it. `force`
    executes all and draws all figures anew.
    """
    drifted = 0
    for path in course_notebooks(names, root):
        where = path.relative_to(root)
        if check:
            if reason := drift(path):
                drifted += 1
                console.print(f"{where}: {reason}; run: python3 -m workbook build", markup=False, highlight=False)
            continue
        text = build_one(path, force)
        changed = text != path.read_text(encoding="utf-8")
        if changed:
            write(path, text)
        console.print(f"{where}: {'written' if changed else 'unchanged'}", markup=False, highlight=False)
    return 1 if drifted else 0


def drift(path: Path) -> str | None:
    """Why a notebook is not as `build` leaves it, or None. Executes nothing."""
    notebook = read(path)
    if reason := staleness(notebook):
        return reason
    if dump(normalise(deepcopy(notebook))) != path.read_text(encoding="utf-8"):
        return "it is not in normal form"
    return None


def staleness(notebook: NotebookNode) -> str | None:
    """Why a notebook must be executed again, or None."""
    if code_hashes(notebook) != built_hashes(notebook):
        return "its code has changed since it was executed"
    if any(cell.execution_count is None for cell in code_cells(notebook)):
        return "outputs were cleared since it was executed"
    return None


def build_one(path: Path, force: bool) -> str:
    """The text that a notebook's file should have; executes it when needed. NotebookError when a cell fails."""
    notebook = read(path)
    if force or staleness(notebook):
        before = deepcopy(notebook)
        execute(notebook, path)
        if not force:
            keep_outputs(before, notebook)
        notebook.metadata["workbook"] = {"built": code_hashes(notebook)}
    return dump(normalise(notebook))


def built_hashes(notebook: NotebookNode) -> list[str]:
    """The code hashes at the time when the outputs were made; empty for a notebook never built."""
    return notebook.metadata.get("workbook", {}).get("built", [])


def keep_outputs(before: NotebookNode, after: NotebookNode) -> None:
    """Give the cells of `after` that are as they were built the outputs, or the figures, that they had in `before`.

    Both have the same cells, `before` with the outputs from the file. A cell that was moved counts as changed.
    """
    old_cells, new_cells = code_cells(before), code_cells(after)
    blocks = difflib.SequenceMatcher(a=built_hashes(before), b=code_hashes(after), autojunk=False).get_matching_blocks()
    for index in (block.b + step for block in blocks for step in range(block.size)):
        keep_output(old_cells[index], new_cells[index])


def keep_output(old: NotebookNode, new: NotebookNode) -> None:
    """Keep an ignored cell's old output whole, and of other cells the old figures where nothing else changed."""
    if IGNORED in new.metadata.get("tags", []) and old.outputs:
        new.outputs = old.outputs
    elif said(old) == said(new):
        for was, now in zip(join_streams(old.outputs), join_streams(new.outputs), strict=True):
            if FIGURE in was.get("data", {}):
                now.data[FIGURE] = was.data[FIGURE]


def said(cell: NotebookNode) -> list[tuple]:
    """What a cell's outputs say beside their figures."""
    return [
        (output.output_type, output.get("text"), output.get("evalue"), {**output.get("data", {}), FIGURE: None})
        for output in join_streams(cell.outputs)
    ]


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    unfinished = path.with_suffix(".tmp")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
