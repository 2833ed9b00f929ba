"""A pytest plugin that repairs faults of nbval 0.11.0 (pinned, since it touches private names).

* nbval never looks whether the kernel lives: a cell that kills it hangs until the cell's time limit, and is reported as
  a time-out. Here the death is named within a second or two.
* nbval executes with store_history=False, under which IPython ignores a trailing `;` and shows what it should hide.
* nbval either compares all notebooks or none. Here blank labs, which have no outputs, are only run to their end.
* nbval's "Cell 3" counts code cells from 0. Here a cell has the number that readers see: In [4].
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty

import pytest
from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell, IPyNbFile, NbCellError

POLL_SECONDS = 0.5
BLANK_FOLDER = "labs"
NO_LIMIT_SECONDS = 2000.0  # nbval's own default
nbval_collect = IPyNbFile.collect


class Cell(IPyNbCell):
    """A code cell that is named, in the list of tests and in its failure, as the notebook shows it."""

    def reportinfo(self) -> tuple[Path, int, str]:
        """What heads the report of a failure."""
        return self.path, 0, f"{self.path.name} {self.name}"

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:
        """The cell's number, what went wrong, and the source."""
        if isinstance(excinfo.value, NbCellError):
            return super().repr_failure(excinfo).replace(f"Cell {self.cell_num}: ", f"{self.name}: ", 1)
        return f"{self.name}: {excinfo.value}\n\nInput:\n{self.cell.source}"


def collect(self: IPyNbFile) -> Iterator[Cell]:
    """The code cells of a notebook."""
    self.compare_outputs = self.compare_outputs and self.path.parent.name != BLANK_FOLDER
    for cell in nbval_collect(self):
        name = f"In [{cell.cell_num + 1}]"
        yield Cell.from_parent(self, name=name, cell_num=cell.cell_num, cell=cell.cell, options=cell.options)


def await_reply(self: RunningKernel, msg_id: str, timeout: float | None = None) -> None:
    """Wait for the reply to `msg_id`; raise Empty after `timeout` seconds, RuntimeError when the kernel has died."""
    deadline = time.monotonic() + (timeout or NO_LIMIT_SECONDS)
    while True:
        try:
            message = self.get_message(stream="shell", timeout=POLL_SECONDS)
        except Empty:
            if not self.is_alive():
                raise RuntimeError("the kernel process died in this cell") from None
            if time.monotonic() > deadline:
                raise
            continue
        if message["parent_header"].get("msg_id") == msg_id:
            return


def execute_cell_input(self: RunningKernel, cell_input: str, allow_stdin: bool | None = None) -> str:
    """Execute as JupyterLab does, with history; go on after an error, so that each cell gets its own verdict."""
    return self.kc.execute(cell_input, allow_stdin=allow_stdin, stop_on_error=False)


def pytest_configure(config: pytest.Config) -> None:
    """Put the repairs in place."""
    RunningKernel.await_reply = await_reply
    RunningKernel.execute_cell_input = execute_cell_input
    IPyNbFile.collect = collect
