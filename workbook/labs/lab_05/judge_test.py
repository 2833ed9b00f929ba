"""The judge of lab 05's q5: the learner's test of a policy, on good functions and on six bad ones."""

from __future__ import annotations

from random import Random
from typing import Any

from workbook.box.box import Box, Given
from workbook.check.evidence import ran
from workbook.check.mutants import Mutant, scored
from workbook.check.outcome import Finding, Outcome, expect
from workbook.labs.lab_05.judge_policy import TOGETHER

# Each is a module with `waits`: the first two keep the promise of q4.
GOOD = (
    "import random\ndef waits():\n    return [random.randint(1, 15 * 4**n) for n in range(4)]\n",
    "import random\ndice = random.SystemRandom()\ndef waits():\n"
    "    return [1 + int(dice.random() * top) for top in (15, 60, 240, 960)]\n",
)
MUTANTS = (
    Mutant(
        "has the longest wait first",
        "return [random.randint(1, 15 * 4**n) for n in (3, 2, 1, 0)]",
        "Each of the four waits has a limit of its own. Compare one by one.",
    ),
    Mutant(
        "has a wait too few",
        "return [random.randint(1, 15 * 4**n) for n in range(3)]",
        "RQ repeats the first wait of a list that is too short, and says nothing.",
    ),
    Mutant(
        "may wait 0 seconds",
        "return [random.randint(0, 15 * 4**n) for n in range(4)]",
        "It does so once in a while only. RQ takes 0 for no wait, and an attempt is lost.",
    ),
    Mutant("draws once, for all jobs", "return ONCE", TOGETHER + " Each list looks good; only two calls show it."),
    Mutant(
        "never grows",
        "return [random.randint(1, 15) for n in range(4)]",
        "Every wait is within its limit, but the long ones never come. What would a thousand draws reach?",
    ),
    Mutant(
        "counts a retry twice",
        "return [random.randint(1, 15 * 4 ** (2 * n)) for n in range(4)]",
        "Its limits are 15, 240, 3840 and 61440 seconds: the last wait may take 17 hours.",
    ),
)
HEAD = "import random\nONCE = [9, 41, 163, 702]\ndef waits():\n    "
EACH = 0.5
GOOD_RUNS, MUTANT_RUNS = 20, 3
TRIED = "`test_waits` with good functions and with six bad ones"
NONE_CAUGHT = (
    "Does it call the function that it was given, and does it `assert`? A test speaks by raising: what it prints or "
    "returns is not looked at."
)


def judge_q5(box: Box, rng: Random) -> Outcome:
    """The test runs on two good functions, many times, then on six bad ones, each in a process of its own."""
    names = [f"policy_{rng.randrange(10**9)}" for _ in range(len(GOOD) + len(MUTANTS))]
    texts = [*GOOD, *(f"{HEAD}{mutant.body}\n" for mutant in MUTANTS)]
    box.put({f"{name}.py": text for name, text in zip(names, texts, strict=True)})
    for name in names[: len(GOOD)]:
        judge_on_good(run_test(box, name, GOOD_RUNS), GOOD_RUNS)
    caught = [run_test(box, name, MUTANT_RUNS)["failed"] == MUTANT_RUNS for name in names[len(GOOD) :]]
    return scored(MUTANTS, caught, TRIED, "the good ones", NONE_CAUGHT, EACH)


def run_test(box: Box, name: str, times: int) -> dict[str, Any]:
    """Run the learner's test on one function so many times."""
    tried = "`test_waits` with a function `waits`"
    test, subject = Given("function", "waits_test.test_waits"), Given("function", f"{name}.waits")
    found = ran(box.call("scene.failures", test, subject, times, portions=3), tried).value
    return found if isinstance(found, dict) else {"failed": times, "text": "", "returned": "None"}


def judge_on_good(found: dict[str, Any], times: int) -> None:
    """A test that fails what is good is of no use."""
    tried, expected = "`test_waits` with a good function, several times", "it passes each time"
    failed = found["failed"]
    text = f", with {found['text']}" if found["text"] else ""
    expect(
        failed in (0, times),
        Finding(
            tried=tried,
            got=f"it failed {failed} times of {times}{text}",
            expected=expected,
            lesson="A test that fails now and then is soon ignored. Call `waits` more often, or ask for less "
            "than the likely.",
        ),
    )
    expect(
        failed == 0,
        Finding(
            tried=tried,
            got=f"it failed{text}",
            expected=expected,
            lesson=(
                "It is called with one argument, the function to be tested: compare the line with `def`."
                if found["text"].startswith("TypeError: test_waits() ")
                else "Test what is promised (whole seconds from 1 to the limits, anew at each call), not how one "
                "function does it, and nothing that a thousand draws need not show."
            ),
        ),
    )
