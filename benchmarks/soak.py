"""Run what could flake many times, on the idle machine and beside busy loops; not one run may fail.

    python benchmarks/soak.py chapters [RUNS]     # nbval over 05, 06, 07 and the atlas, as in CI; 10 of each kind
    python benchmarks/soak.py gate [RUNS]         # the author's gate over all labs, without nbgrader; 20 of each kind
    python benchmarks/soak.py test [RUNS]         # the whole test command; 5 of each kind
    python benchmarks/soak.py nbgrader [RUNS]     # nbgrader over all labs, of which the tests take one; 1 of each kind

The load is a busy loop a core, and two at least, in processes of our own.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
CHAPTERS = ("05", "06", "07", "90")
DEFAULT_RUNS = {"chapters": 10, "gate": 20, "test": 5, "nbgrader": 1}
BUSY_PROCESSES = max(2, os.cpu_count() or 1)
CLI = "import sys; from workbook.cli import main; sys.exit(main(sys.argv[1:]))"
READ_ALL = """
from workbook.author.gate import ROOT, find_lab, lab_numbers, unread_by_nbgrader
faults = [fault for number in lab_numbers() for fault in unread_by_nbgrader(find_lab(number), ROOT)]
raise SystemExit("\\n".join(faults) or 0)
"""


def burn() -> None:
    """Keep a core busy until the parent ends it."""
    while True:
        pass


def command(what: str) -> list[str]:
    """One run of `what`."""
    if what == "gate":
        return [sys.executable, "-c", CLI, "author", "gate", "--no-nbgrader"]
    if what == "test":
        return [sys.executable, "-m", "workbook", "test"]
    if what == "nbgrader":
        return [sys.executable, "-c", READ_ALL]
    notebooks = sorted(str(path) for number in CHAPTERS for path in (ROOT / "notebooks").glob(f"{number}_*.ipynb"))
    return [sys.executable, "-m", "pytest", "-q", "-n0", *notebooks]


@dataclass(frozen=True)
class Run:
    """One run: whether it passed, its seconds by the clock and on the processors, and what it printed."""

    passed: bool
    wall: float
    cpu: float
    said: str

    @property
    def failing(self) -> list[str]:
        """The tests that pytest's summary names as failed, in order."""
        return failing_tests(self.said)


def failing_tests(said: str) -> list[str]:
    """The tests in the short summary of pytest's output, those that ended in an error as well."""
    return list(dict.fromkeys(re.findall(r"^(?:FAILED|ERROR) ([^\[\s]+(?: ?\[.*?\])?)(?: - .*)?$", said, re.MULTILINE)))


def cpu_seconds() -> float:
    """What the processes that we have started and that have ended took of the processors, their own children's too."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(argv: list[str]) -> Run:
    """Run a command to its end."""
    began, cpu = time.monotonic(), cpu_seconds()
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True)
    return Run(done.returncode == 0, time.monotonic() - began, cpu_seconds() - cpu, done.stdout + done.stderr)


def soak(kind: str, what: str, runs: int) -> int:
    """Run several times and say how each went; returns the number of failed runs."""
    results = []
    for number in range(1, runs + 1):
        results.append(result := run(command(what)))
        how = "passed" if result.passed else "FAILED"
        print(f"{what}, {kind}, run {number}: {how} in {result.wall:.0f} s, {result.cpu:.0f} s of CPU", flush=True)
        if not result.passed:
            print(*(f"    {test}" for test in result.failing or [result.said[-3000:]]), sep="\n", flush=True)
    failed = sum(not result.passed for result in results)
    slowest = max(result.wall for result in results)
    print(f"{what}, {kind}: {failed} of {runs} runs failed; the slowest took {slowest:.0f} s", flush=True)
    return failed


def main() -> int:
    """Soak what the command line names."""
    if len(sys.argv) < 2 or sys.argv[1] not in DEFAULT_RUNS:
        print(__doc__, file=sys.stderr)
        return 2
    what = sys.argv[1]
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else DEFAULT_RUNS[what]
    failed = soak("idle", what, runs)
    load = [multiprocessing.Process(target=burn, daemon=True) for _ in range(BUSY_PROCESSES)]
    for process in load:
        process.start()
    try:
        failed += soak(f"beside {BUSY_PROCESSES} busy processes", what, runs)
    finally:
        for process in load:
            process.kill()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
