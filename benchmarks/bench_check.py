"""What a check costs: each question of each lab, judged in a warm box, server and worker included.

    python benchmarks/bench_check.py [--rounds N] [LAB …]

Prints the median and the slowest for the solution of each question, and the median over all. The bar is a median of
0.3 s, and 1 s for a question that survives a crash; exit code 1 when a median is above its bar.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from workbook.author.gate import solution_of  # noqa: E402
from workbook.box.plain import PlainSlot  # noqa: E402
from workbook.check.answers import blank_of_lab, read_answers  # noqa: E402
from workbook.check.engine import Examiner  # noqa: E402
from workbook.labs import find_lab, lab_numbers  # noqa: E402

BAR_SECONDS, CRASH_BAR_SECONDS = 0.3, 1.0
SURVIVES_CRASHES = {"06", "07"}


def measure(number: str, slot: PlainSlot, rounds: int) -> dict[str, list[float]]:
    """The seconds of each check of a lab's solution, by question."""
    lab, answers = find_lab(number), read_answers(solution_of(number, ROOT))
    seconds: dict[str, list[float]] = {}
    for question in lab.questions:
        times = seconds[question.id] = []
        for _ in range(rounds + 1):
            examiner = Examiner(lab, blank_of_lab(number), slot)
            for needed in question.needs:
                examiner.judge(needed, answers)
            began = time.perf_counter()
            verdict = examiner.judge(question.id, answers)
            times.append(time.perf_counter() - began)
            if verdict.outcome.state != "right":
                raise SystemExit(f"lab {number} {question.id}: {verdict.outcome}")
        del times[0]  # it may have started the provider
    return seconds


def main() -> int:
    """Measure, print, and say whether the bars hold."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=10)
    arguments.add_argument("labs", nargs="*")
    chosen = arguments.parse_args()
    over, medians = 0, []
    with closing(PlainSlot()) as slot:
        for number in chosen.labs or lab_numbers():
            bar = CRASH_BAR_SECONDS if number in SURVIVES_CRASHES else BAR_SECONDS
            for id, times in measure(number, slot, chosen.rounds).items():
                median = statistics.median(times)
                medians.append(median)
                over += median > bar
                verdict = "ok" if median <= bar else "MISSED"
                print(f"lab {number} {id}: median {median:.3f} s, slowest {max(times):.3f} s, bar {bar} s: {verdict}")
    if not chosen.labs:
        print(f"all: median {statistics.median(medians):.3f} s, bar {BAR_SECONDS} s")
    return 1 if over or (not chosen.labs and statistics.median(medians) > BAR_SECONDS) else 0


if __name__ == "__main__":
    sys.exit(main())
