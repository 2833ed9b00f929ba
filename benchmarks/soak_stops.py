"""Stop what a check stands on, in the middle of it, and see that no verdict changes.

    python benchmarks/soak_stops.py [LAB …] [--rounds N]

For each question, its solution and one of its mutants are judged while the worker, the warm parent, the server or the
keeper is stopped for three seconds, once, at an instant between the beginning and the end of the run. The bar: no right
answer is "not yet", no mutant is "right". Prints each combination that fails, and how many could not be judged.
"""

from __future__ import annotations

import argparse
import random
import sys
import threading
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from workbook.author.gate import Case, cases, examiner_of  # noqa: E402
from workbook.box.plain import PlainSlot  # noqa: E402
from workbook.check.engine import Examiner  # noqa: E402
from workbook.labs import find_lab, lab_numbers  # noqa: E402

WHOM = ("worker", "parent", "server", "keeper")
STOPPED_SECONDS = 3.0
GATE_SEED = 0


def stop_once(slot: PlainSlot, whom: str, after: float) -> threading.Thread:
    """In the background: wait, stop one process for a while, let it go on."""

    def stop() -> None:
        time.sleep(after)
        stand = slot.stand
        pids = stand.keeper.pids | {"parent": stand.parent.pid, "server": stand.server.pid}
        try:
            parent = psutil.Process(stand.parent.pid)
            process = (parent.children() or [parent])[-1] if whom == "worker" else psutil.Process(pids[whom])
            process.suspend()
            time.sleep(STOPPED_SECONDS)
            process.resume()
        except psutil.Error:
            return  # it had ended: nothing was stopped

    thread = threading.Thread(target=stop)
    thread.start()
    return thread


def judged_while_stopped(examiner: Examiner, slot: PlainSlot, case: Case, whom: str, dice: random.Random) -> str:
    """The state that a case gets."""
    began = time.monotonic()
    examiner.judge(case.question.id, case.answers, GATE_SEED)
    usual = time.monotonic() - began
    thread = stop_once(slot, whom, dice.uniform(0, usual))
    state = examiner.judge(case.question.id, case.answers, GATE_SEED).outcome.state
    thread.join()
    return state


def main() -> int:
    """All combinations; 1 when a verdict changed."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=1)
    arguments.add_argument("labs", nargs="*")
    chosen = arguments.parse_args()
    dice, states, wrong = random.Random(0), Counter[str](), 0
    with closing(PlainSlot()) as slot:
        for number in chosen.labs or lab_numbers():
            lab = find_lab(number)
            examiner = examiner_of(lab, ROOT, slot)
            for question in lab.questions:
                found = list(cases(lab, question, examiner.blank, ROOT))
                for case in (found[0], next(case for case in found if case.name.startswith("wrong"))):
                    for whom in WHOM * chosen.rounds:
                        state = judged_while_stopped(examiner, slot, case, whom, dice)
                        states[state] += 1
                        if state not in (case.state, "could not judge"):
                            wrong += 1
                            print(f"lab {number} {question.id} {case.name}, {whom} stopped: {state}", flush=True)
    print(f"{sum(states.values())} checks: {dict(states)}; wrong verdicts: {wrong}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
