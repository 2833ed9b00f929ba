"""Execute a notebook headless, from the top, in a kernel of its own."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from workbook.author.notebooks import NotebookError, code_cells, without_ansi

CELL_SECONDS = 60
SOURCE_LINES = 12


class Client(NotebookClient):
    """nbclient, which on Ctrl-C takes the kernel away from under the cell that it waits for; this one stops waiting."""

    interrupted = False

    async def async_start_new_kernel(self, **kwargs: Any) -> None:
        """Start the kernel. nbclient has just set its own handlers for signals."""
        waiting = asyncio.current_task()

        def interrupt() -> None:
            if waiting and not self.interrupted:
                self.interrupted, self.shutdown_kernel = True, "immediate"
                waiting.cancel()

        with suppress(RuntimeError):  # not in the main thread, which alone hears of signals
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, interrupt)
        await super().async_start_new_kernel(**kwargs)


def execute(
    notebook: NotebookNode,
    path: Path,
    on_cell: Callable[[int], None] = lambda _: None,
    cell_seconds: float = CELL_SECONDS,
) -> None:
    """Run all cells in place, as if from the notebook's folder; `on_cell` hears the number of each cell when it ends.

    Cells are numbered as code cells from 1, as `In [ ]` shows them. NotebookError names the cell that failed, its
    source and its error; the outputs up to there, and no others, are in the notebook then. KeyboardInterrupt on Ctrl-C
    and SIGTERM, after the end of the kernel.
    """
    for cell in code_cells(notebook):
        cell.outputs, cell.execution_count = [], None
    numbers = {id(cell): number for number, cell in enumerate(code_cells(notebook), 1)}
    running = 1

    def started(cell: NotebookNode, cell_index: int) -> None:
        nonlocal running
        running = numbers.get(id(cell), running)

    def ended(cell: NotebookNode, cell_index: int, **_: object) -> None:
        on_cell(numbers.get(id(cell), running))

    client = Client(
        notebook,
        timeout=cell_seconds,
        kernel_name="python3",
        extra_arguments=["--IPKernelApp.log_level=ERROR"],  # no warning per kernel in the terminal
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_execute=started,
        on_cell_executed=ended,
    )
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError, asyncio.CancelledError) as error:
        if client.interrupted or isinstance(error, asyncio.CancelledError):
            raise KeyboardInterrupt from None
        raise NotebookError(describe(error, path, running, notebook, cell_seconds)) from None


def describe(error: Exception, path: Path, number: int, notebook: NotebookNode, cell_seconds: float) -> str:
    """The failed cell's number, its source and what went wrong."""
    source = code_cells(notebook)[number - 1].source.splitlines()
    shown = "\n".join(f"    {line}" for line in source[:SOURCE_LINES])
    if isinstance(error, CellTimeoutError):
        reason = f"it did not end within {cell_seconds:g} s"
    elif isinstance(error, DeadKernelError):
        reason = "the kernel process died in this cell"
    else:
        assert isinstance(error, CellExecutionError)
        reason = without_ansi(f"{error.ename}: {error.evalue}")
    return f"{path.name}: cell {number} failed.\n{shown}\n{reason}"
