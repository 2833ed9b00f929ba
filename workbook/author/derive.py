"""Derive a blank lab from its solution: solutions/ is the only source, labs/ is generated.

Three rules, a cell each:

* the lines between `### BEGIN SOLUTION` and `### END SOLUTION` become one `...` at the marker's indent;
* a cell with `blank` (a text) in its metadata under `workbook` gets that text in place of its whole source;
* a cell with the tag `solution-only` is left out.

Outputs and counts are cleared; ids and nbgrader's metadata stay.
"""

from __future__ import annotations

import re
from copy import deepcopy

from nbformat import NotebookNode

from workbook.author.notebooks import NotebookError

SOLUTION_ONLY = "solution-only"
REGION = re.compile(
    r"^(?P<indent>[ \t]*)### BEGIN SOLUTION[ \t]*\n(?P<lines>.*?)^[ \t]*### END SOLUTION[ \t]*$",
    re.MULTILINE | re.DOTALL,
)


def blank_of(solution: NotebookNode) -> NotebookNode:
    """The lab of a solution: what learners get. NotebookError for a marker without its partner."""
    blank = deepcopy(solution)
    blank.cells = [cell for cell in blank.cells if SOLUTION_ONLY not in cell.metadata.get("tags", [])]
    for cell in blank.cells:
        cell.source = blank_source(cell)
        cell.metadata.pop("workbook", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    blank.metadata.pop("workbook", None)
    return blank


def blank_source(cell: NotebookNode) -> str:
    """What stands in place of a cell's source in the lab."""
    replacement = cell.metadata.get("workbook", {}).get("blank")
    source = REGION.sub(r"\g<indent>...", cell.source) if replacement is None else replacement
    if re.search(r"### (BEGIN|END) SOLUTION", source):
        raise NotebookError(f"A solution's marker has no partner in the cell that begins {source[:60]!r}.")
    return source


def solution_lines(cell: NotebookNode) -> list[str]:
    """The lines of a cell that must not be in the lab, stripped: those of its source that the blank does not have."""
    kept = {line.strip() for line in blank_source(cell).splitlines()}
    lines = (line.strip() for line in cell.source.splitlines())
    return [line for line in lines if line and line not in kept and not line.startswith("### ")]
