"""`python3 -m workbook build`: keep the committed notebooks executed and in normal form, and what is made from them.

A notebook is executed again only when its code has changed since it was built (the hashes stand in its metadata), so
that building twice changes no byte. Cells whose code is the same keep their figure and, when tagged
`nbval-ignore-output`, their whole output: a diff shows what a person changed.

From each notebook in solutions/ its blank lab in labs/ is made, and from the reflection a document beside it.
"""

from __future__ import annotations

import difflib
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from rich.console import Console

from workbook.author.derive import blank_of
from workbook.author.execute import execute
from workbook.author.notebooks import (
    IGNORED,
    ROOT,
    SOLUTIONS,
    code_cells,
    code_hashes,
    course_notebooks,
    dump,
    join_streams,
    normalise,
    normalise_blank,
    read,
)
from workbook.author.reflection_document import NOTEBOOK as REFLECTION
from workbook.author.reflection_document import reflection_document

FIGURE = "image/png"


def build(check: bool, force: bool, names: list[str], console: Console, root: Path = ROOT) -> int:
    """Build the named notebooks (all, when none is named) of `root`. Returns the exit code.

    `check` executes and writes nothing, and answers 1 when a file is not as `build` would leave it. `force`
    executes all and draws all figures anew.
    """
    drifted = 0
    for path in course_notebooks(names, root):
        if check:
            if reason := drift(path):
                drifted += 1
                say(path, f"{reason}; run: python3 -m workbook build", console, root)
            for made, text in made_from(path, read(path), root).items():
                if not is_current(made, text):
                    drifted += 1
                    reason = f"it is not what {path.relative_to(root)} makes"
                    say(made, f"{reason}; run: python3 -m workbook build", console, root)
            continue
        text = build_one(path, force)
        notebook = nbformat.reads(text, as_version=4)
        for file, content in {path: text, **made_from(path, notebook, root)}.items():
            changed = not is_current(file, content)
            if changed:
                write(file, content)
            say(file, "written" if changed else "unchanged", console, root)
    return 1 if drifted else 0


def say(path: Path, what: str, console: Console, root: Path) -> None:
    """One line about a file."""
    console.print(f"{path.relative_to(root)}: {what}", markup=False, highlight=False)


def made_from(path: Path, notebook: NotebookNode, root: Path) -> dict[Path, str]:
    """The files that are made from a notebook, with the text that they should have: none, if it is no solution."""
    if path.parent != root / SOLUTIONS:
        return {}
    made = {root / "labs" / path.name: dump(normalise_blank(blank_of(notebook)))}
    if path.name == REFLECTION:
        made[path.with_suffix(".md")] = reflection_document(notebook)
    return made


def is_current(path: Path, text: str) -> bool:
    """Whether a file is there and has this text."""
    return path.exists() and path.read_text(encoding="utf-8") == text


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


def said(cell: NotebookNode) -> list[tuple[Any, ...]]:
    """What a cell's outputs say beside their figures."""
    return [
        (output.output_type, output.get("text"), output.get("evalue"), {**output.get("data", {}), FIGURE: None})
        for output in join_streams(cell.outputs)
    ]


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all; its folder is made when it is missing."""
    path.parent.mkdir(exist_ok=True)
    unfinished = path.with_suffix(".tmp")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
