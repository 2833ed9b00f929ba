"""The net that CI hangs below the notebooks: whatever goes wrong in a cell makes the run of pytest fail, and is named.

Real runs of pytest, with the repository's own settings, over small notebooks: one for all that is sound, one for
those that never end, one for all other faults (a start of pytest costs more than a kernel).
"""

from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

from tests.notebook_tools import ROOT, code, markdown, notebook_of, printed, session_environment

RESULT = nbformat.v4.new_output("execute_result", data={"text/plain": "3"}, execution_count=2)
ERROR = nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=["ValueError: no"])


def three_cells(second, *tags, outputs=()):
    """A notebook whose second code cell is the case; the first and the third are sound."""
    return notebook_of(
        markdown("# Words are no cells"),
        code("print('one')", count=1, outputs=[printed("one\n")]),
        code(second, *tags, count=2, outputs=list(outputs)),
        code("print('three')", count=3, outputs=[printed("three\n")]),
    )


SOUND = {
    "sound": three_cells("print('as committed')", outputs=[printed("as committed\n")]),
    "raises_as_committed": three_cells("raise ValueError('no')", "raises-exception", outputs=[ERROR]),
    "hides_by_semicolon": three_cells("3;"),
    "labs/run_only": three_cells("print('new words')", outputs=[printed("committed words\n")]),
    "ignored": three_cells("print('live')", "nbval-ignore-output", outputs=[printed("of another day\n")]),
}
FAULTY = {
    "printed_otherwise": three_cells("print('new words')", outputs=[printed("committed words\n")]),
    "prints_no_more": three_cells("x = 1", outputs=[printed("committed words\n")]),
    "returns_otherwise": three_cells("1 + 1", outputs=[RESULT]),
    "raises": three_cells("{}['no such key']"),
    "raises_no_more": three_cells("x = 1", "raises-exception", outputs=[ERROR]),
    "raises_otherwise": three_cells("raise ValueError('yes')", "raises-exception", outputs=[ERROR]),
    "labs/raises_in_a_lab": three_cells("{}['no such key']"),
    "dies": three_cells("import os\nos._exit(1)"),
}
ENDLESS = {
    "never_ends": three_cells("while True:\n    pass"),
    "deaf": three_cells("import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(600)"),
}
RUNS = (ENDLESS, FAULTY, SOUND)
QUICKLY = 50  # seconds; less than a cell may take, and than the endless ones would


@dataclass(frozen=True)
class Run:
    """A run of pytest: how it ended and what it printed."""

    exit_code: int
    said: str

    def report(self, name):
        """The report of the failure of a notebook's second cell."""
        return self.said.partition(f" {Path(name).name}.ipynb In [2] ")[2].partition("\n____")[0].partition("\n====")[0]

    def seconds(self, name):
        """How long a notebook's second cell took."""
        return float(re.search(rf"([\d.]+)s call +{name}\.ipynb::In \[2\]", self.said)[1])


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The run of each case, by name; two at a time."""

    def run(cases):
        # What is not endless has all the time that a busy machine may need.
        cell_seconds = 5 if cases is ENDLESS else 60
        folder = tmp_path_factory.mktemp("net")
        for name, notebook in cases.items():
            (folder / name).parent.mkdir(exist_ok=True)
            nbformat.write(notebook, folder / f"{name}.ipynb")
        options = ["-c", str(ROOT / "pyproject.toml"), f"--rootdir={folder}", "-p", "no:cacheprovider"]
        options += ["--color=no", "-rA", "--durations=0", "-vv", f"--nbval-cell-timeout={cell_seconds}"]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options, str(folder)],
            cwd=folder,
            env=session_environment(folder, COLUMNS="200"),
            capture_output=True,
            text=True,
            timeout=300,
        )
        return dict.fromkeys(cases, Run(done.returncode, done.stdout))

    with ThreadPoolExecutor(2) as pool:
        return {name: run for found in pool.map(run, RUNS) for name, run in found.items()}


@pytest.mark.parametrize("name", SOUND)
def test_what_comes_out_as_committed_passes_cell_by_cell(runs, name):
    assert runs[name].exit_code == 0, runs[name].said
    # Named as the reader sees them.
    for number in (1, 2, 3):
        assert f"PASSED {name}.ipynb::In [{number}]\n" in runs[name].said


@pytest.mark.parametrize(
    ("name", "reasons"),
    [
        ("printed_otherwise", ["Cell outputs differ", "committed words", "new words"]),
        ("prints_no_more", ["Cell outputs differ", "Missing output fields", "stdout"]),
        ("returns_otherwise", ["Cell outputs differ", "text/plain"]),
        ("raises", ["Cell execution caused an exception", "KeyError", "no such key"]),
        ("raises_no_more", ["Cell outputs differ", "Missing output fields", "evalue"]),
        ("raises_otherwise", ["Cell outputs differ", "evalue"]),
        ("labs/raises_in_a_lab", ["Cell execution caused an exception", "KeyError", "no such key"]),
        ("dies", ["the kernel process died in this cell"]),
        ("never_ends", ["Timeout of 5 seconds exceeded"]),
        ("deaf", ["Timeout of 5 seconds exceeded"]),
    ],
)
def test_what_goes_wrong_fails_the_run_and_is_named_by_the_readers_number_with_reason_and_source(runs, name, reasons):
    assert runs[name].exit_code == 1, runs[name].said
    assert f"PASSED {name}.ipynb::In [1]\n" in runs[name].said
    assert re.search(rf"^FAILED {name}\.ipynb::In \[2\] - ", runs[name].said, re.MULTILINE)
    report = runs[name].report(name)
    assert "In [2]: " in report
    assert "Cell 1" not in report
    for reason in reasons:
        assert reason in report
    for line in (FAULTY | ENDLESS)[name].cells[2].source.splitlines():
        assert line in report


def test_a_dead_kernel_and_an_endless_cell_cost_seconds(runs):
    assert runs["dies"].seconds("dies") < QUICKLY
    assert runs["never_ends"].seconds("never_ends") < QUICKLY
    assert runs["deaf"].seconds("deaf") < QUICKLY
