"""The judges of lab 05, q1 to q3: attempt after attempt, a job that hides its failures, a job that comes too late."""

from __future__ import annotations

from random import Random

from rq import Retry

from workbook.box.box import QUEUE, Box
from workbook.check.evidence import JobEvidence, places, ran, read_job
from workbook.check.outcome import Finding, Outcome, expect, right
from workbook.check.words import ended, plural
from workbook.labs.lab_05.stage import Followed, follow, worker_for
from workbook.raw import raw

WAITS = (10, 30, 60, 120)


# ---- q1


def judge_q1(box: Box, rng: Random) -> Outcome:
    """The provider is down: five attempts, the four waits in their order, then the job is failed."""
    order = f"order-{rng.randrange(10**6)}"
    box.provider.set(down=True)
    exit = ran(box.call("checkout.enqueue_charge", QUEUE, order, "9.50"), "`enqueue_charge(queue, …)`")
    id = exit.value
    returned = f"a {exit.type}" if id is None and exit.type != "NoneType" else repr(id)
    tried = "`enqueue_charge(queue, …)` while the provider is down, then workers whenever an attempt was due"
    expect(
        isinstance(id, str) and places(box.redis).queued == (id,),
        Finding(
            tried=tried,
            got=f"it returned {returned}, and {plural(len(places(box.redis).queued), 'job')} waited in the queue",
            expected="one job in the queue, its id returned",
            lesson="Leave the line with `enqueue` as it was handed out.",
        ),
    )
    seen = follow(box, {id: order}, tried)[id]
    expect(
        seen.match(WAITS) and seen.attempts == 5,
        Finding(
            tried=tried,
            got=str(seen),
            expected="5 attempts, waits: 10 s, 30 s, 60 s, 120 s",
            lesson=why_not_these_waits(seen),
        ),
    )
    expect(
        seen.end.status == "failed",
        Finding(
            tried=tried,
            got=f"in the end it is {ended(seen.end)}",
            expected="failed",
            lesson=SEEN_BY_SOMEBODY,
        ),
    )
    return right(1, "the provider down: 5 attempts, waits of 10, 30, 60 and 120 s, then failed")


SEEN_BY_SOMEBODY = "What does not go through must end in the failed job registry, where somebody finds it."


def why_not_these_waits(seen: Followed) -> str:
    """What a wrong sequence of waits says about the line that asked for it."""
    if seen.attempts == 0:
        return "The provider never heard of this order: `charge` has to be called with the order and the price."
    if seen.attempts == 1:
        return "Nothing is retried unless you ask: one 503, and the payment waits for a person."
    if all(wait.high == 0 for wait in seen.waits):
        return "Without an interval a retry goes straight back into the queue: all attempts are gone within a second."
    if seen.attempts == 6:
        return "`max` counts the retries, not the attempts: the first attempt is none of them."
    if seen.attempts < 5:
        return "`max` counts the retries. The provider was away for longer than your attempts lasted."
    if seen.match(WAITS[::-1]):
        return "The list is in the order of the waits: the longest wait came first, while the trouble was youngest."
    first = seen.waits[0]
    if all(abs(wait.low - first.low) < 5 for wait in seen.waits):
        return "A single number is the wait before every retry. A list has one for each."
    if abs(seen.waits[1].low - first.low) < 5:
        return (
            "RQ reads the list from its end: when it has fewer waits than there are retries, the first of them is "
            "repeated. Give it one wait for each retry."
        )
    return "The list has one wait in seconds for each retry, in the order in which they are waited."


# ---- q2

FAILED_SEEN = (
    "A job that returns is finished, whatever the text says that it returns: nobody will look, and nobody is charged."
)


def judge_q2(box: Box, rng: Random) -> Outcome:
    """One worker meets a good payment, a 503, a bad price, and a provider that does not answer in time."""
    paid, down, bad, late = (f"{name}-{rng.randrange(10**6)}" for name in ("paid", "down", "bad", "late"))
    tried = 'four renewals: one that goes through, a 503, the price "nine euros", and a provider that never answers'
    ids = {
        order: box.enqueue("scene.watched", False, "renewal.renew", order, price)
        for order, price in ((paid, "9.50"), (down, "9.50"), (bad, "nine euros"))
    }
    box.provider.plan("")
    box.provider.set(down=True)
    with worker_for(box, tried) as settle:
        settle()
        box.provider.set(down=False)
        box.provider.plan("hang")
        ids[late] = box.enqueue("scene.watched", True, "renewal.renew", late, "9.50", timeout=90)
        settle()
    jobs = {order: read_job(box.redis, id) for order, id in ids.items()}
    calls = [call.order for call in box.provider.calls]
    expect(
        jobs[paid].status == "finished" and box.provider.booked[paid] == 1 and jobs[paid].value == f"{paid} has paid",
        Finding(
            tried=tried,
            got=f"the good one is {ended(jobs[paid])}, booked: {box.provider.booked[paid]}",
            expected=f"finished, it returned '{paid} has paid', booked: 1",
            lesson="What works must go on working.",
        ),
    )
    for order, kind, what in (
        (down, "HTTPStatusError", "the one that met a 503"),
        (bad, "ValueError", 'the one with the price "nine euros"'),
        (late, "JobTimeoutException", "the one whose time was up"),
    ):
        points = 1 if order == late else 0
        expect(
            calls.count(order) <= 1,
            Finding(
                tried=tried,
                got=f"{what} called the provider {calls.count(order)} times",
                expected="one attempt",
                lesson="Attempts inside the job have no pause that frees the worker, and come on top of RQ's own.",
            ),
            points=points,
        )
        expect(
            jobs[order].status == "failed",
            Finding(
                tried=tried,
                got=f"{what} is {ended(jobs[order])}",
                expected=f"failed with {kind}",
                lesson=why_hidden(order == late),
            ),
            points=points,
        )
        expect(
            kind_of(jobs[order]) == kind,
            Finding(
                tried=tried,
                got=f"{what} failed with {jobs[order].failure}",
                expected=f"failed with {kind}",
                lesson="Whoever decides about a retry looks at the type: let the exception out as it is.",
            ),
            points=points,
        )
        line, said = f"{order} failed: {kind}", raw(box.redis.get(f"printed:{order}")).decode(errors="replace")
        expect(
            said.splitlines() == [line],
            Finding(
                tried=tried,
                got=f"{what} printed {said[:200]!r}",
                expected=f"one line `{line}`",
                lesson=(
                    "The line is there, and it is not alone: whoever counts lines counts failures. Take the "
                    "other ones out."
                    if line in said.splitlines()
                    else "Whoever reads the log at night sees only what was printed, whatever the reason was."
                ),
            ),
            points=points,
        )
    return right(2, tried)


def kind_of(job: JobEvidence) -> str:
    """The type of the exception that a job failed with, without its module."""
    return job.failure.partition(":")[0].rpartition(".")[2]


def why_hidden(late: bool) -> str:
    """Why a failure that a job keeps to itself is the worst one."""
    if late:
        return (
            "RQ's timeout is an exception, raised in the job, and `except Exception` catches it like any other. "
            + FAILED_SEEN
        )
    return FAILED_SEEN


# ---- q3

NEWEST = (
    "A retried job goes to the back of the queue: the one behind it runs first. Order is not promised, so the data "
    "itself has to tell what is newer."
)
STAYS = "A job that comes too late is no failure: failed, it would be retried, and then wake somebody."


def judge_q3(box: Box, rng: Random) -> Outcome:
    """Two choices overtake each other; then many users' choices, in any order, one of them twice."""
    ada, first = f"ada{rng.randrange(10**6)}", rng.randrange(2, 8)
    box.enqueue("scene.fail_once", "plans.set_plan", ada, "plus", first, retry=Retry(max=1))
    box.enqueue("scene.fail_once", "plans.set_plan", ada, "pro", first + 1, retry=Retry(max=1))
    tried = f'"plus" (version {first}), then "pro" (version {first + 1}); the first job fails once, one worker'
    ran(box.work(portions=2), tried)
    compare(box, {ada: ("pro", first + 1)}, tried)

    users = [f"user{rng.randrange(10**9)}" for _ in range(4)]
    choices = [(user, f"plan{rng.randrange(10**6)}", version) for user in users for version in (1, 2, 9, 10, 11)]
    newest = {user: (plan, version) for user, plan, version in choices if version == 11}
    rng.shuffle(choices)
    for user, plan, version in [*choices, choices[0]]:
        box.enqueue("plans.set_plan", user, plan, version)
    tried = "five choices of each of four users, in any order, one of them twice"
    ran(box.work(portions=2), tried)
    compare(box, newest, tried)
    return right(1, "two jobs that overtake each other, and the choices of several users in any order")


def compare(box: Box, expected: dict[str, tuple[str, int]], tried: str) -> None:
    """End the judgement when a user has another plan than expected, or a job did not finish."""
    failed = places(box.redis).failed
    job = read_job(box.redis, failed[0]) if failed else None
    for user, (plan, version) in expected.items():
        kept = {name.decode(): value.decode(errors="replace") for name, value in read_plan(box, user).items()}
        got = f"{user} has the plan {kept.get('plan')!r} of version {kept.get('version')!r}"
        got += f"; a job failed: {job.failure}\n{job.lines}" if job else ""
        expect(
            kept == {"plan": plan, "version": str(version)},
            Finding(
                tried=tried,
                got=got,
                expected=f"the plan {plan!r} of version {str(version)!r}, and no other field",
                lesson=why_not_newest(kept, version),
            ),
        )
    if job:
        expect(
            False,
            Finding(
                tried=tried,
                got=f"a job failed: {job.failure}\n{job.lines}",
                expected="every job finishes",
                lesson=STAYS,
            ),
        )


def read_plan(box: Box, user: str) -> dict[bytes, bytes]:
    """The stored plan; empty when it is no hash."""
    key = f"plan:{user}"
    if box.redis.type(key) != b"hash":
        return {}
    return {raw(field): raw(value) for field, value in box.redis.hgetall(key).items()}


def why_not_newest(kept: dict[str, str], version: int) -> str:
    """What a wrong plan says about the comparison."""
    if not kept:
        return "The choice that arrives first has nothing to be compared with, and counts, whatever its version."
    if version >= 10 and kept.get("version") == "9":
        return 'Redis returns bytes, and compared as text "9" is more than "10": make a number of it. ' + NEWEST
    return NEWEST
