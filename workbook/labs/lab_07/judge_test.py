"""The judge of lab 07's q5: the learner's test of a job, on jobs that are safe and on six that are not."""

from __future__ import annotations

from random import Random
from typing import Any

from workbook.box.box import Box, Exit
from workbook.check.evidence import ran
from workbook.check.mutants import Mutant, scored
from workbook.check.outcome import Finding, Outcome, expect, not_yet
from workbook.labs.lab_07.stage import exits_of

WORLD = """
import os
from uuid import uuid4

import httpx
from redis import Redis
from rq import get_current_job

redis = Redis.from_url(os.environ["REDIS_URL"])
way = httpx.HTTPTransport(uds=os.environ["PAYMENTS"])
provider = httpx.Client(transport=way, base_url="http://payments", timeout=None)


def send(order, key):
    answer = provider.post("/charges", json={"order": order}, headers={"Idempotency-Key": key})
    answer.raise_for_status()


def send_again_if_lost(order, key, other):
    try:
        send(order, key)
    except httpx.TransportError:
        send(order, other)
"""
HEAD = """
from world import *


def charge(order):
"""
SAFE = (
    """
    send(order, order)
""",
    """
    if not redis.exists(f"charged:{order}"):
        send_again_if_lost(order, f"charge-{order}", f"charge-{order}")
        redis.set(f"charged:{order}", 1)
""",
)
MUTANTS = (
    Mutant(
        "marks the order, then calls",
        """
    if redis.set(f"charged:{order}", 1, nx=True):
        send_again_if_lost(order, order, order)
""",
        "A plain 503 is enough: the retry finds the mark. Is 0 charges an error to your test?",
    ),
    Mutant(
        "marks first, and takes the mark back when the call raises",
        """
    if redis.set(f"charged:{order}", 1, nx=True):
        try:
            send(order, order)
        except Exception:
            redis.delete(f"charged:{order}")
            raise
""",
        "An exception it can tidy up after; a killed process runs no `except`. Kill it before the booking.",
    ),
    Mutant(
        "calls with a new key at each run, then marks",
        """
    if not redis.exists(f"charged:{order}"):
        key = str(uuid4())
        send_again_if_lost(order, key, key)
        redis.set(f"charged:{order}", 1)
""",
        "It fails only when the process dies between the booking and its mark.",
    ),
    Mutant(
        "sends again with another key when the answer is lost",
        """
    send_again_if_lost(order, order, f"{order}-again")
""",
        "It trusts that what raised was not done. Lose the answer of a charge that was booked.",
    ),
    Mutant(
        "has one key for all orders",
        """
    send(order, "charge")
""",
        "A single order cannot show it. Use a fresh one for each fault.",
    ),
    Mutant(
        "takes the job's id as its key",
        """
    send(order, get_current_job().id)
""",
        "It is the same at each run of one job. What if somebody enqueues the order a second time?",
    ),
)
EACH = 0.5
MOST_RUNS = 60  # that the scene lets a test have on one job
TRIED = "`test_charge` with 2 safe jobs and with 6 unsafe ones"
NONE_CAUGHT = "Does it `assert` what `run` returns? What a test prints or returns is not looked at."


def judge_q5(box: Box, rng: Random) -> Outcome:
    """The test runs on two safe jobs, then on six unsafe ones, each in a process of its own."""
    bodies = [*SAFE, *(mutant.body for mutant in MUTANTS)]
    names = [f"job_{rng.randrange(10**9)}" for _ in bodies]
    box.put({"world.py": WORLD})
    box.put({f"{name}.py": HEAD + body.strip("\n") + "\n" for name, body in zip(names, bodies, strict=True)})
    box.provider.set(down=False)
    jobs = [f"{name}.charge" for name in names]
    exits = exits_of(
        box.call("scene.test_each", "charge_test.test_charge", *jobs, portions=MOST_RUNS * len(jobs)), len(jobs)
    )
    for _ in SAFE:
        judge_on_safe(found_by(next(exits)))
    caught = [bool(found_by(next(exits))["raised"]) for _ in MUTANTS]
    return scored(MUTANTS, caught, TRIED, "the safe jobs", NONE_CAUGHT, EACH)


def found_by(exit: Exit) -> dict[str, Any]:
    """What came of the learner's test on one job."""
    found = ran(exit, "`test_charge(run)`").value
    return found if isinstance(found, dict) else {"raised": "", "text": "", "returned": "None", "runs": 0}


def judge_on_safe(found: dict[str, Any]) -> None:
    """A test that fails what is safe is of no use; nor is one that runs nothing."""
    tried, expected = "`test_charge` with a safe job", "it passes"
    raised, text = found["raised"], found["text"]
    if raised and raised != "AssertionError":
        not_yet(
            Finding(
                tried=tried,
                got=f"it raised {raised}: {text}",
                expected=expected,
                lesson="That is an error in the test, not in the job.",
            ),
        )
    expect(
        not raised,
        Finding(
            tried=tried,
            got=f"it failed{': ' if text else ''}{text}",
            expected=expected,
            lesson=(
                "Test what matters, the charges of an order: 1 after whatever fails. How often the job called, and "
                "what else it does, is its own affair."
            ),
        ),
    )
    expect(
        found["runs"],
        Finding(
            tried=tried,
            got="it never called `run`",
            expected="it runs jobs, and asserts how often each order was charged",
            lesson="A test that runs nothing passes for every job.",
        ),
    )
