"""Notebook files: find, read, bring into normal form, write.

Normal form, so that a diff shows what a person changed and nothing else: cells named c01, c02, …; execution counts
1 … n; no timing; no Python patch level; tracebacks cut to their last line (they hold paths of the author's machine);
what was printed in one go is one output (how many there are else depends on the timing).
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from workbook.errors import WorkbookError

ROOT = Path(__file__).parents[2]
SOLUTIONS = "solutions"
EXECUTED_FOLDERS = ("notebooks", SOLUTIONS)
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE_INFO = {"name": "python"}
IGNORED = "nbval-ignore-output"
KEPT_CELL_METADATA = ("tags", "nbgrader", "workbook")


class NotebookError(WorkbookError):
    """A notebook cannot be found, read or executed."""


def course_notebooks(names: list[str] | None = None, root: Path = ROOT) -> list[Path]:
    """The executed notebooks of the course in `root`, in their order; or those named ("02", "02_run_your_first_job").

    NotebookError for a name that fits none.
    """
    found = [path for folder in EXECUTED_FOLDERS for path in sorted((root / folder).glob("*.ipynb"))]
    if not names:
        return found
    chosen = []
    for name in names:
        wanted = Path(name).stem
        fitting = [path for path in found if path.stem == wanted or path.stem.split("_")[0] == wanted]
        if not fitting:
            offered = ", ".join(path.stem for path in found)
            raise NotebookError(f"There is no chapter {name!r}; the course has {offered}.")
        chosen += fitting
    return chosen


def read(path: Path) -> NotebookNode:
    """Read a notebook of format 4. NotebookError when it is none."""
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, nbformat.ValidationError) as error:
        raise NotebookError(f"{path} is not a notebook that can be read: {str(error).splitlines()[0]}.") from None


def dump(notebook: NotebookNode) -> str:
    """The text of a notebook's file."""
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The code cells, in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def code_hashes(notebook: NotebookNode) -> list[str]:
    """A short hash of each code cell's source and tags: what its output depends on inside the notebook."""
    return [
        hashlib.sha256(repr((cell.source, sorted(cell.metadata.get("tags", [])))).encode()).hexdigest()[:10]
        for cell in code_cells(notebook)
    ]


def normalise(notebook: NotebookNode) -> NotebookNode:
    """Bring an executed notebook into normal form, in place, and return it."""
    built = notebook.metadata.get("workbook", {}).get("built", [])
    normalise_metadata(notebook)
    notebook.metadata["workbook"] = {"built": built}
    count = 0
    for number, cell in enumerate(notebook.cells, 1):
        cell.id = f"c{number:02}"
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        cell.outputs = join_streams(cell.outputs)
        for output in cell.outputs:
            normalise_output(output, count)
    return notebook


def normalise_blank(notebook: NotebookNode) -> NotebookNode:
    """Bring a lab into normal form, in place, and return it: nothing executed, cells named as in its solution."""
    normalise_metadata(notebook)
    for cell in code_cells(notebook):
        cell.execution_count, cell.outputs = None, []
    return notebook


def normalise_metadata(notebook: NotebookNode) -> None:
    """Keep of the metadata what the course needs, and of the sources no empty lines around them."""
    notebook.metadata = NotebookNode(kernelspec=NotebookNode(KERNELSPEC), language_info=NotebookNode(LANGUAGE_INFO))
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for cell in notebook.cells:
        cell.source = cell.source.strip("\n")
        cell.metadata = NotebookNode({key: cell.metadata[key] for key in KEPT_CELL_METADATA if key in cell.metadata})
        cell.pop("attachments", None)


def join_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Outputs with neighbouring pieces of one stream joined."""
    joined: list[NotebookNode] = []
    for output in outputs:
        if joined and output.output_type == "stream" and output.name == joined[-1].get("name"):
            joined[-1] = NotebookNode({**joined[-1], "text": joined[-1].text + output.text})
        else:
            joined.append(output)
    return joined


def normalise_output(output: NotebookNode, count: int) -> None:
    """Bring one output into normal form: its cell's count, no metadata, only the last line of a traceback."""
    if "execution_count" in output:
        output.execution_count = count
    if "metadata" in output:
        output.metadata = NotebookNode()
    if output.output_type == "error":
        output.traceback = [f"{output.ename}: {output.evalue}"]


def without_ansi(text: str) -> str:
    """Text without the colour codes of terminals."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
