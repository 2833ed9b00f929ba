"""Run what could flake many times, idle and with both cores loaded; not one run may fail.

    python benchmarks/soak.py chapters [RUNS]     # nbval over 05, 06, 07 and the atlas, as in CI; 10 of each kind
    python benchmarks/soak.py gate [RUNS]         # the author's gate over all labs, without nbgrader; 20 of each kind
    python benchmarks/soak.py nbgrader [RUNS]     # nbgrader over all labs, of which the tests take one; 1 of each kind

The load is a busy loop a core, in processes of our own.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
CHAPTERS = ("05", "06", "07", "90")
DEFAULT_RUNS = {"chapters": 10, "gate": 20, "nbgrader": 1}
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
    if what == "nbgrader":
        return [sys.executable, "-c", READ_ALL]
    notebooks = sorted(str(path) for number in CHAPTERS for path in (ROOT / "notebooks").glob(f"{number}_*.ipynb"))
    return [sys.executable, "-m", "pytest", "-q", "-n0", *notebooks]


def run(what: str) -> tuple[bool, float]:
    """One run; prints the end of its output when it fails. Returns whether it passed, and its seconds."""
    began = time.monotonic()
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command(what), cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        print(done.stdout[-3000:], done.stderr[-1000:])
    return done.returncode == 0, time.monotonic() - began


def soak(kind: str, what: str, runs: int) -> int:
    """Run several times and say how it went; returns the number of failed runs."""
    results = [run(what) for _ in range(runs)]
    failed = sum(not passed for passed, _ in results)
    slowest = max(seconds for _, seconds in results)
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
    load = [multiprocessing.Process(target=burn, daemon=True) for _ in range(os.cpu_count() or 1)]
    for process in load:
        process.start()
    try:
        failed += soak("both cores loaded", what, runs)
    finally:
        for process in load:
            process.kill()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
