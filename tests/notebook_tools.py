"""What several test modules need: small notebooks, kernels, and a look at the processes of one session."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat.v4
from nbclient import NotebookClient
from nbformat import NotebookNode

ROOT = Path(__file__).parents[1]
CHAPTERS = sorted((ROOT / "notebooks").glob("*.ipynb"))
KERNEL_ARGUMENTS = ["--IPKernelApp.log_level=ERROR"]


def code(source: str, *tags: str, count: int | None = None, outputs: list[NotebookNode] | None = None) -> NotebookNode:
    """A code cell."""
    cell = nbformat.v4.new_code_cell(source, execution_count=count, outputs=outputs or [])
    if tags:
        cell.metadata["tags"] = list(tags)
    return cell


def markdown(source: str) -> NotebookNode:
    """A markdown cell."""
    return nbformat.v4.new_markdown_cell(source)


def printed(text: str) -> NotebookNode:
    """An output on stdout."""
    return nbformat.v4.new_output("stream", name="stdout", text=text)


def notebook_of(*cells: NotebookNode | str) -> NotebookNode:
    """A notebook of code cells (given as strings) and other cells."""
    notebook = nbformat.v4.new_notebook(cells=[code(cell) if isinstance(cell, str) else cell for cell in cells])
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return notebook


def code_of(notebook: NotebookNode) -> list[NotebookNode]:
    """The code cells."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags_of(cell: NotebookNode) -> list[str]:
    """The tags of a cell."""
    return cell.metadata.get("tags", [])


def text_of(cell: NotebookNode) -> str:
    """All the text in a cell's outputs."""
    return "\n".join(texts_of(cell))


def texts_of(cell: NotebookNode) -> list[str]:
    """The text of each of a cell's outputs."""
    outputs = cell.get("outputs", [])
    return [output.get("text", "") or output.get("data", {}).get("text/plain", "") for output in outputs]


def session_environment(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a kernel whose temporary files, and thus all its processes, can be told by `folder`."""
    unwanted = ("REDIS_URL", "WORKBOOK_", "PYTHONDONTWRITEBYTECODE", "MPLBACKEND", "MAIL_URL", "QUEUE_URL")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return {**environment, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder), **more}


def client_for(notebook: NotebookNode, folder: Path, cell_seconds: float = 60) -> NotebookClient:
    """What executes a notebook in a kernel of its own, as if it lay in `folder`; an error in a cell is raised."""
    return NotebookClient(
        notebook,
        timeout=cell_seconds,
        kernel_name="python3",
        extra_arguments=KERNEL_ARGUMENTS,
        resources={"metadata": {"path": str(folder)}},
    )


def processes_of(folder: Path) -> dict[int, str]:
    """The living processes with `folder` in environment, command line or current directory: pid to command line."""
    mark, found = str(folder).encode(), {}
    for process in Path("/proc").iterdir():
        if not process.name.isdigit() or int(process.name) == os.getpid():
            continue
        try:
            command = (process / "cmdline").read_bytes()
            told = (process / "environ").read_bytes() + command + os.fsencode((process / "cwd").readlink())
        except OSError:  # it has ended, or is a zombie
            continue
        if mark in told:
            found[int(process.name)] = command.replace(b"\0", b" ").decode(errors="replace").strip()
    return found


def without_outputs(cells):
    """A notebook of copies of cells, without outputs; a cell may come twice."""
    return notebook_of(*(code(cell.source, *tags_of(cell)) for cell in cells))
