"""Judges of lab 07 that count charges at the provider: q1, the key; q2, the work-horse that is killed."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from rq import Retry

from workbook.bench.world.payment import Call
from workbook.box.box import QUEUE, Box
from workbook.check.evidence import places, ran, read_job
from workbook.check.outcome import Finding, Outcome, expect, not_yet, right
from workbook.labs.lab_07.stage import read_failure

FAULTS = ("", "503", "kill before booking", "kill after booking", "lose the answer")
WORDS = dict(
    zip(FAULTS, ("no fault", "one 503", "killed before booking", "killed after booking", "answer lost"), strict=True)
)
BETWEEN = "Between your mark and the provider's booking lies an instant, and there the process died."

# ---- q1


def judge_q1(box: Box, rng: Random) -> Outcome:
    """Five orders, a fault each, with retries; then each order is enqueued once more."""
    orders = {fault: f"order-{rng.randrange(10**9)}" for fault in FAULTS}
    tried = "`charge`, five orders, each with another fault and `Retry(max=3)`"
    for together in (("", "503"), ("kill before booking", "kill after booking"), ("lose the answer",)):
        box.provider.plan(*together)  # only of jobs whose first run makes one call, whatever the answer does
        for fault in together:
            box.enqueue("checkout.charge", orders[fault], retry=Retry(max=3))
        kind = "fork" if "kill" in together[0] else "simple"
        ran(box.work(kind=kind, portions=5), tried)
    booked, calls = box.provider.booked, box.provider.calls
    times = {fault: booked[orders[fault]] for fault in FAULTS}
    got = ", ".join(f"{WORDS[fault]}: {number}" for fault, number in times.items())
    if set(times.values()) != {1}:
        failure = read_failure(box)
        not_yet(
            Finding(
                tried=tried,
                got=f"charges: {got}{failure}",
                expected="1 charge of each order",
                lesson=why_not_once(times, calls),
            ),
        )
    judge_same_order_again(box, list(orders.values()))
    return right(2, "`charge` with five orders and five faults, then a second job for each order: 1 charge each")


def why_not_once(times: dict[str, int], calls: Sequence[Call]) -> str:
    """What the pattern of the charges says about the answer: its misconception."""
    _, busy, before, after, lost = (times[fault] for fault in FAULTS)
    if any(call.outcome.startswith("refused") for call in calls):
        return (
            "All orders share one key, so the provider took the second order for a wrong repetition of the first, and "
            "refused it. A key names one business event."
        )
    if not any(times.values()):
        return "Nothing was charged: the job has to call the provider, through `post_charge`."
    if after == 2 or lost == 2:
        return why_doubled(calls, lost_only=after < 2, before=before)
    if busy == 0 and before == 1:
        return "The 503 did not leave the job, and RQ saw a job that finished: nobody tried again. Let it out."
    if busy == 0:
        return (
            "The mark said *done* before it was done: the 503 came, the retry found the mark, the job finished and "
            "nobody pays. A lock or a unique row is no memory of a charge."
        )
    if before == 0:
        return f"{BETWEEN} What was marked, or locked, stays so, and the retries do nothing."
    return "Whatever fails, the order is to be charged once: the retry must send again, with the key of the first run."


def why_doubled(calls: Sequence[Call], lost_only: bool, before: int) -> str:
    """What a charge booked twice says."""
    keys: dict[str, set[str | None]] = {}
    for call in calls:
        keys.setdefault(call.order, set()).add(call.key)
    if any(len(each) > 1 for each in keys.values()):
        return (
            "The second run sent another key than the first, so the provider took it for another charge. The key "
            "must be the same at each run: it names the order, not the run."
        )
    if lost_only and before == 0:
        return (
            "A lease only chooses: who finds it taken gives up and loses the charge, who waits it out doubles it. It "
            "tells who may act now, not what was done."
        )
    return (
        "The first run had been booked; only the run that followed did not know. A mark of yours comes too early or "
        "too late: let the provider remember, it notes key and charge in one transaction."
    )


def judge_same_order_again(box: Box, orders: Sequence[str]) -> None:
    """Somebody enqueues each order once more. Worth the second point."""
    for order in orders:
        box.enqueue("checkout.charge", order)
    tried = "a second job for each of five orders that are charged"
    ran(box.work(portions=5), tried)
    most = max(box.provider.booked[order] for order in orders)
    expect(
        most == 1,
        Finding(
            tried=tried,
            got=f"an order has {most} charges",
            expected="still 1 charge of each order",
            lesson=(
                "Your key is the same at each run of one *job*. Somebody who presses a button twice, or a relay that "
                "died, makes two jobs of one order: let the key name the order."
            ),
        ),
        points=1,
    )


# ---- q2

KILLED = "kill before booking"
MOST_ROUNDS, MOST_CALLS = 8, 5


def judge_q2(box: Box, rng: Random) -> Outcome:
    """Three orders whose work-horse is killed never, once and twice; then one that can never be charged."""
    orders = [f"order-{rng.randrange(10**9)}" for _ in range(3)]
    tried = "three orders, whose work-horses are killed never, once, and twice"
    for kills, order in enumerate(orders):
        box.provider.plan(*[KILLED] * kills)
        judge_enqueued(box, order)
        work_off(box, order, tried)
        judge_charged(box, order, kills, tried)
    judge_refused_for_ever(box, f"order-{rng.randrange(10**9)}")
    return right(1, f"{tried}: each charged once; then an order that meets a 503 each time: failed in the end")


def judge_enqueued(box: Box, order: str) -> None:
    """The page enqueues one job for the order, calls nobody, and returns the job's id."""
    tried = f"`enqueue_charge(queue, {order!r})`"
    exit = box.call("page.enqueue_charge", QUEUE, order)
    expect(
        all(call.order != order for call in box.provider.calls),
        Finding(
            tried=tried,
            got="the provider was called while the page enqueued",
            expected="a job that charges later",
            lesson="`enqueue(function, arguments)` takes the function itself; a call in its place runs in the page.",
        ),
    )
    id, queued = ran(exit, tried).value, places(box.redis).queued
    expect(
        isinstance(id, str) and queued == (id,),
        Finding(
            tried=tried,
            got=f"it returned a {exit.type}, and {len(queued)} jobs are in the queue",
            expected="one job, and its id comes back",
            lesson="The id is what the page can show, and ask for.",
        ),
    )


def work_off(box: Box, order: str, tried: str) -> None:
    """Work until nothing waits, scheduled retries included, or until there were too many attempts."""
    for _ in range(MOST_ROUNDS):
        worker = box.start_worker(kind="fork")
        exit = worker.wait(portions=5, until=lambda: attempts_of(box, order) > MOST_CALLS)
        if attempts_of(box, order) > MOST_CALLS:
            not_yet(
                Finding(
                    tried=tried,
                    got=f"more than {MOST_CALLS} attempts",
                    expected=f"at most {MOST_CALLS} attempts of an order",
                    lesson=(
                        "Attempts need a measure: what is enqueued again whenever it fails, or has retries in plenty, "
                        "goes on and on where the failure is permanent."
                    ),
                ),
            )
        ran(exit, tried)
        if not places(box.redis).scheduled:
            return
        box.advance(86_400)


def attempts_of(box: Box, order: str) -> int:
    """How often the provider was called for an order."""
    return sum(call.order == order for call in box.provider.calls)


def judge_charged(box: Box, order: str, kills: int, tried: str) -> None:
    """An order has exactly one charge."""
    booked, attempts = box.provider.booked[order], attempts_of(box, order)
    got = f"killed {kills} times: {booked} charges, {attempts} attempts"
    if booked == 1 or attempts == 0:
        lesson = "The job has to call `shop.post_charge` with the order, and with a key."
    elif attempts > kills:
        lesson = "Charged more than once: the same key belongs to each attempt."
    elif attempts == 1:
        lesson = (
            "A killed process raises nothing: no `except` in the job and no `on_failure` is run. The worker sees its "
            "work-horse die, and runs the job again only if it was enqueued with `retry=Retry(…)`."
        )
    else:
        lesson = "One retry is used up by the first kill. Allow for two."
    expect(
        booked == 1,
        Finding(
            tried=tried,
            got=got,
            expected="1 charge",
            lesson=lesson,
        ),
    )


def judge_refused_for_ever(box: Box, order: str) -> None:
    """An order that fails at each attempt fails in the end."""
    tried = "an order that meets a 503 at each attempt"
    box.provider.set(down=True)
    id = ran(box.call("page.enqueue_charge", QUEUE, order), tried).value
    work_off(box, order, tried)
    attempts, job = attempts_of(box, order), read_job(box.redis, id)
    expect(
        job.status == "failed" and attempts >= 3,
        Finding(
            tried=tried,
            got=f"{attempts} attempts, then {job.status}",
            expected=f"3 to {MOST_CALLS} attempts, then failed",
            lesson="What fails for good must end, and be seen in the failed registry.",
        ),
    )
