"""Answers are `%%module` cells: find them in a notebook's file, and tell whether one was started."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbook.check.question import CheckError

LABS = Path(__file__).parents[2] / "labs"
SOLUTIONS = Path(__file__).parents[2] / "solutions"
MODULE_CELL = re.compile(r"\s*%%module[ \t]+(?P<name>\w+)[ \t]*\n(?P<source>.*)", re.DOTALL)


@dataclass(frozen=True)
class Blank:
    """A lab as it is handed out: the text of each module by name, answers (blank) and given ones."""

    modules: Mapping[str, str]


def blank_of_lab(number: str, folder: Path = LABS) -> Blank:
    """The lab's notebook in `labs/`. CheckError when it is not there."""
    found = sorted(folder.glob(f"{number}_*.ipynb"))
    if not found:
        raise CheckError(f"The lab {number} is not in {folder}; get the course again (git restore labs).")
    return Blank(read_answers(found[0]))


def model_of_lab(number: str, folder: Path = SOLUTIONS) -> dict[str, str]:
    """The modules of the lab's solution. CheckError when it is not there."""
    found = sorted(folder.glob(f"{number}_*.ipynb"))
    if not found:
        raise CheckError(f"There is no solution for lab {number} in {folder}.")
    return read_answers(found[0])


def read_answers(path: Path) -> dict[str, str]:
    """The module cells of a saved notebook. CheckError, in a sentence, when it is no notebook."""
    try:
        return module_cells(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError):
        raise CheckError(f"{path} is not a notebook that can be read.") from None


def module_cells(notebook: Any) -> dict[str, str]:
    """The source of each module by name, in the order of the cells; a cell further down replaces one of its name."""
    found: dict[str, str] = {}
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    for cell in cells if isinstance(cells, list) else []:
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = cell.get("source", "")
        text = "".join(map(str, source)) if isinstance(source, list) else str(source)
        if match := MODULE_CELL.fullmatch(text):
            found[match["name"]] = match["source"]
    return found


def same_code(one: str, other: str) -> bool:
    """Whether two sources mean the same to Python: comments and layout do not count. False for what cannot be read."""
    try:
        return ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return one == other
