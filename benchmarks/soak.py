"""Run the chapters that break things many times, idle and with both cores loaded; not one run may fail.

    python benchmarks/soak.py [RUNS]     # RUNS of each kind, 10 if not given

Each run is nbval over the notebooks, compared, as in CI. The load is a busy loop a core in processes of our own.
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
DEFAULT_RUNS = 10


def burn() -> None:
    """Keep a core busy until the parent ends it."""
    while True:
        pass


def run(notebooks: list[str]) -> tuple[bool, float]:
    """One nbval run; prints the end of its output when it fails. Returns whether it passed, and its seconds."""
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "-n0", *notebooks]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        print(done.stdout[-3000:], done.stderr[-1000:])
    return done.returncode == 0, time.monotonic() - began


def soak(kind: str, notebooks: list[str], runs: int) -> int:
    """Run several times and say how it went; returns the number of failed runs."""
    results = [run(notebooks) for _ in range(runs)]
    failed = sum(not passed for passed, _ in results)
    slowest = max(seconds for _, seconds in results)
    print(f"{kind}: {failed} of {runs} runs failed; the slowest took {slowest:.0f} s", flush=True)
    return failed


def main() -> int:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_RUNS
    notebooks = sorted(str(path) for number in CHAPTERS for path in (ROOT / "notebooks").glob(f"{number}_*.ipynb"))
    failed = soak("idle", notebooks, runs)
    load = [multiprocessing.Process(target=burn, daemon=True) for _ in range(os.cpu_count() or 1)]
    for process in load:
        process.start()
    try:
        failed += soak("both cores loaded", notebooks, runs)
    finally:
        for process in load:
            process.kill()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
