"""The judges of lab 02, q1 to q3: a call that travels, functions that a worker can import, arrivals and workers."""

from __future__ import annotations

import re
from random import Random

from workbook import rq_keys
from workbook.box.box import QUEUE, Box
from workbook.check.evidence import places, ran, read_job
from workbook.check.outcome import Finding, Outcome, expect, not_yet, right
from workbook.check.words import said, waiting
from workbook.labs.lab_02.stage import answers_to

HOUR = 3600

# ---- q1

TRAVELS = (
    "What travels is a function's name and a copy of its arguments: `enqueue(function, argument, keyword=…)`, the "
    "arguments as in a call."
)


def judge_q1(box: Box, rng: Random) -> Outcome:
    """An export is one job with the right call; its result is there for a day, and not for ever."""
    user = f"user-{rng.randrange(10**6)}"
    tried = "`order_export(queue, user)`, then a worker"
    id = ran(box.call("ordering.order_export", QUEUE, user), tried).value
    queued = places(box.redis).queued
    expect(
        isinstance(id, str) and queued == (id,),
        Finding(
            tried=tried,
            got=f"it returned {id!r}, and {waiting(len(queued))} in the queue",
            expected="one job waits, its id was returned",
            lesson="The page answers at once, with an id; the work waits in Redis for a worker.",
        ),
    )
    ran(box.work(), tried)
    job, expected = read_job(box.redis, id), f"the habits of {user} as csv"
    expect(
        job.status == "finished" and job.value == expected,
        Finding(
            tried=tried,
            got=(
                f"finished, it returned {job.value!r}"
                if job.status == "finished"
                else f"{job.status or 'gone from Redis'} {job.failure}".strip()
            ),
            expected=f"finished, it returned {expected!r}",
            lesson=why_not_this_call(job.status, job.failure),
        ),
    )
    tried = "the user comes back for the export"
    box.advance(23 * HOUR)
    expect(
        read_job(box.redis, id).value == expected,
        Finding(
            tried=f"{tried} 23 hours later",
            got="job and result are gone",
            expected="the result is still there",
            lesson=(
                "By default a result is kept for 500 seconds. `result_ttl` says how long, in seconds after the end; "
                "`ttl` and `job_timeout` are about waiting and running."
            ),
        ),
        points=1,
    )
    box.advance(2 * HOUR)
    expect(
        not box.redis.exists(rq_keys.job(id)),
        Finding(
            tried=f"{tried} 25 hours later",
            got="job and result are still there",
            expected="they are gone after a day",
            lesson="What nobody removes stays: each export of each user, until Redis is full.",
        ),
        points=1,
    )
    return right(2, "an export that is ordered, made by a worker, there after 23 hours and gone after 25")


def why_not_this_call(status: str, failure: str) -> str:
    """What a wrong end says about the line that enqueued."""
    if not status:
        return "A result that is not kept cannot be fetched. `result_ttl` is the number of seconds after the end."
    if "Invalid attribute name" in failure:
        return (
            "With brackets, `exports.make(…)` is called here, and its result enqueued as if it were a name; a lambda "
            "has no name that a worker could import. " + TRAVELS
        )
    return TRAVELS


# ---- q2

IMPORTABLE = (
    "The worker is another process: it imports the module and looks for the name. What is made inside a function while "
    "it runs is not there."
)


def judge_q2(box: Box, rng: Random) -> Outcome:
    """Digests for several users, enqueued by a process that has ended: a job each, and the right mails."""
    names, week = [f"user-{rng.randrange(10**6)}" for _ in range(3)], rng.randrange(1, 53)
    tried = f"`enqueue_digests(queue, {week}, …)` for three users, then a worker"
    mails = [f"mail to {name}: your week {week}" for name in names]
    call = box.call("digest.enqueue_digests", QUEUE, week, names)
    expect(
        "mail to" not in call.output,
        Finding(
            tried=tried,
            got="mails were sent before a worker ran",
            expected="the worker sends them",
            lesson=(
                "Called here, `send` makes your program wait for the mail provider, once a user: give `enqueue` the "
                "function, without brackets."
            ),
        ),
    )
    ran(call, tried)
    queued = places(box.redis).queued
    expect(
        len(queued) == len(names) and call.value == list(queued),
        Finding(
            tried=tried,
            got=f"it returned {call.value!r}, and {waiting(len(queued))} in the queue",
            expected="a job for each user, their ids returned",
            lesson=(
                "The jobs are there; return a list of their ids, `job.id` of each, in the order of the users."
                if len(queued) == len(names)
                else "A job a user: the one that fails then fails alone."
            ),
        ),
    )
    done = ran(box.work(), tried)
    failed = next((job for id in queued if (job := read_job(box.redis, id)).status != "finished"), None)
    if failed:
        lesson = (
            IMPORTABLE
            if "Invalid attribute name" in failed.failure
            else ("The worker imported the module afresh: it knows only what the job brings along as arguments.")
        )
        not_yet(
            Finding(
                tried=tried,
                got=f"a job is {failed.status}: {failed.failure}\n{failed.lines}".strip(),
                expected="finished",
                lesson=lesson,
            ),
        )
    sent = re.findall(r"^mail to .*$", done.output, re.MULTILINE)
    expect(
        sorted(sent) == sorted(mails),
        Finding(
            tried=tried,
            got="\n".join(sent) or "no mail was sent",
            expected="\n".join(mails),
            lesson=(
                "Each mail is for its user and about the week that `enqueue_digests` was called with. A job knows "
                "what its arguments say; what the enqueueing process keeps in its variables stays there."
            ),
        ),
    )
    return right(2, "digests for three users, each sent by a worker that knows only the message")


# ---- q3


def judge_q3(box: Box, rng: Random) -> Outcome:
    """Arrivals times seconds against workers, also where both are equal, or the numbers mislead."""
    cases: list[tuple[int, float, int]] = [(20, 0.4, workers) for workers in (6, 8, 10)]
    few = rng.randrange(2, 20)
    cases.append((4 * few + 1, 0.25, few))  # a quarter of a second too much: rounding hides it
    for _ in range(6):
        workers, parts = rng.randrange(2, 40), rng.choice([1, 2, 4, 8])
        arrivals = workers * parts
        cases += [(arrivals, 1 / parts, workers), (arrivals + rng.randrange(1, parts + 1), 1 / parts, workers)]
        cases += [(arrivals - 1, 1 / parts, workers)]
    for long in (2, 4, 16):  # jobs of more than a second: fewer arrive than there are workers
        arrivals = rng.randrange(2, 9)
        cases += [(arrivals, long, arrivals * long + more) for more in (-1, 0, 1)]
    rng.shuffle(cases)
    given = [list(case) for case in cases]
    for case, one in zip(
        cases, answers_to(box, "rows", "load.backlog", given, "`backlog(…)`, many times"), strict=True
    ):
        arrivals, seconds, workers = case
        work = arrivals * seconds
        expected = "grows" if work > workers else "shrinks" if work < workers else "stands"
        lesson = (
            f"Each second brings {arrivals} x {seconds} = {work:g} seconds of work, and {workers} workers do {workers} "
            "seconds of work in a second."
        )
        if one.get("value") is None and not one.get("raised"):
            lesson = f"The word comes back by `return`; printing is not returning. {lesson}"
        elif one.get("value") == "shrinks":
            lesson += " More than one worker does not mean enough."
        expect(
            one.get("value") == expected and not one.get("raised"),
            Finding(
                tried=f"`backlog({arrivals}, {seconds}, {workers})`",
                got=said(one),
                expected=repr(expected),
                lesson=lesson,
            ),
        )
    return right(1, "arrivals, times and workers of many kinds; also where the backlog stands")
