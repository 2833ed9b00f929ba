"""The judges of lab 03, q1 to q3: a job that comes too late, a message that is still true, two calls in a request."""

from __future__ import annotations

import json
from random import Random

from rq import Retry

from workbook.box.box import QUEUE, Box, Exit, Given
from workbook.check.evidence import first_failed, places, ran, read_job
from workbook.check.leaks import places_of
from workbook.check.outcome import Finding, Outcome, expect, not_yet, right
from workbook.check.words import ended, waiting
from workbook.labs.lab_03.stage import Row, begin, table


def new_users(rng: Random, number: int) -> list[Row]:
    """Users with random ids and addresses."""
    ids = rng.sample(range(1000, 10**6), number)
    return [[id, f"Ada {id}", f"ada.{rng.randrange(1 << 40):x}@old.example"] for id in ids]


# ---- q1

NEWEST = (
    "Order is not promised: a retried job goes to the back, and the one behind it runs first. So the row must tell "
    "what is newer, and only a newer version may overwrite it."
)


def judge_q1(box: Box, rng: Random) -> Outcome:
    """Goals of several users in any order, with gaps; of the first, one job fails once and is overtaken."""
    users = new_users(rng, 4)
    begin(box, users)
    (ada, *_), *others, (quiet, *_) = users
    for version, goal in ((4, 30), (5, 20)):
        box.enqueue("scene.fail_once", "goals.set_goal", ada, goal, version, retry=Retry(max=1), job_id=f"goal-{goal}")
    more = [[id, rng.randrange(1, 500), version] for id, *_ in others for version in (1, 2, 7, 9, 10)]
    in_order, any_order = more[:5], more[5:]
    rng.shuffle(any_order)
    more = in_order + any_order
    ran(box.work(portions=2), "`set_goal`, by a worker")
    if failed := first_failed(box, ["goal-30", "goal-20"]):
        lesson = "A job that comes too late is no failure: it changes nothing, and finishes."
        if "OperationalError" in failed.failure:
            lesson = (
                "SQLite cannot read the statement: `print(sql)` shows it whole. Is there a space before AND? "
                "And only one WHERE?"
            )
        not_yet(
            Finding(
                tried="`set_goal`, by a worker",
                got=f"a job is {ended(failed)}",
                expected="finished",
                lesson=lesson,
            ),
        )
    ran(box.call("scene.call_each", Given("function", "goals.set_goal"), more), "`set_goal` for two users")
    kept = {id: (goal, version) for id, _, _, goal, version in table(box, "users")}
    tried = "goal 30 (version 4), then 20 (version 5); the first job fails once and is retried, one worker"
    expect(
        kept.get(quiet) == (0, 0),
        Finding(
            tried=tried,
            got="a user who chose nothing has another goal",
            expected="only this user's row",
            lesson=BOTH,
        ),
    )
    compare(tried, kept.get(ada), (20, 5))
    for id, *_ in others:
        newest = next((goal, version) for user, goal, version in more if (user, version) == (id, 10))
        compare("the versions 1, 2, 7, 9 and 10 of a user's goal, in this order and in others", kept.get(id), newest)
    return right(1, "two jobs that overtake each other, and versions in any order")


GAPS = "also where some between them never come"
BOTH = "The condition on the version must hold together with the one on the id: `AND`."


def compare(tried: str, kept: tuple[int, int] | None, newest: tuple[int, int]) -> None:
    """End the judgement when a row does not hold the newest goal."""
    goal, version = kept or (None, None)
    lesson = NEWEST
    if version == 0:
        lesson = f"No job changed anything. The row's version is 0 at first, and a newer one overwrites it, {GAPS}."
    elif version and version < newest[1]:
        lesson = f"Version {newest[1]} is newer than {version}, {GAPS}. {NEWEST}"
    expect(
        kept == newest,
        Finding(
            tried=tried,
            got=f"the goal {goal} of version {version}",
            expected=f"the goal {newest[0]} of version {newest[1]}",
            lesson=lesson,
        ),
    )


# ---- q2

COPY = (
    "What was put into the job is a copy, made when it was enqueued. Send the id, and read the rest when the job runs: "
    "the old address may belong to somebody else by now."
)
STORED = {
    "description": "Beside the payload RQ writes a description of the call, with its arguments as text.",
    "data": "The payload is compressed, not encrypted: inflated, it can be read.",
    "meta": "`meta` is stored with the job, for as long as the job.",
    "return_value": "What a job returns is stored, too, by default for 500 seconds.",
}
SHARED = "Whoever may look at your Redis reads it, and a failed job is kept for a year. An id tells nothing."


def judge_q2(box: Box, rng: Random) -> Outcome:
    """The address changes between enqueue and run: the mail goes to the new one, and neither is stored or printed."""
    users = new_users(rng, 3)
    id, name, old = users[1]
    new = f"ada.{rng.randrange(1 << 40):x}@new.example"
    tried = "a reminder is enqueued, the user's address changes in the database, then a worker runs"
    call = box.call("scene.enqueue_for", Given("function", "reminding.enqueue_reminder"), QUEUE, users, id)
    job = ran(call, "`enqueue_reminder(queue, user)`").value
    queued, before = places(box.redis).queued, stored(box, old)
    expect(
        isinstance(job, str) and queued == (job,),
        Finding(
            tried=tried,
            got=f"it returned {job!r}, and {waiting(len(queued))} in the queue",
            expected="one job, its id returned",
            lesson=(
                "The job is there; return its id, `job.id`: the page finds the job by it."
                if len(queued) == 1
                else "The page that enqueues answers at once; `enqueue_reminder` is called as before."
            ),
        ),
    )
    ran(box.call("scene.change_mail", id, new), "another address")
    work = ran(box.work(), tried)
    if (after := read_job(box.redis, job)).status not in ("finished", ""):
        not_yet(
            Finding(
                tried=tried,
                got=f"the job is {ended(after)}",
                expected="finished",
                lesson="The worker calls `remind` with what is in the job.",
            ),
        )
    sent, stale = table(box, "sent"), False
    if len(sent) == 1:
        stale = sent[0][0] == old
    what = "a mail to the old address" if stale else f"{len(sent)} mail{'s' * (len(sent) != 1)}: {json.dumps(sent)}"
    expect(
        sent == [[new, f"{name}, read ten pages"]],
        Finding(
            tried=tried,
            got=f"sent was: {what}",
            expected="one mail to the new address, `NAME, read ten pages`",
            lesson=COPY if stale else "The mail stays as it was: by `mails.send`, once, when the job runs.",
        ),
    )
    tried += "; then every byte in Redis is searched, the payload inflated"
    for where in sorted((*before, *stored(box, old), *stored(box, new)), key=place_of_field):
        points = 2 if field_of(where) == "return_value" else 1
        what = STORED.get(field_of(where), "Names of keys and jobs are read and logged by everybody.")
        not_yet(
            Finding(
                tried=tried,
                got=f"an address stands in {where}",
                expected="no address is in Redis",
                lesson=f"{what} {SHARED}",
            ),
            points=points,
        )
    judge_output(work, call, (local(old), local(new)), tried)
    return right(3, "an address that changes after enqueueing; every byte in Redis and the log searched for it")


def field_of(where: str) -> str:
    """The field of a hash or of a result, of a place that `places_of` tells."""
    return where.split("`")[1] if where.startswith("`") else ""


def place_of_field(where: str) -> int:
    """What to tell of first: the field that people know least of."""
    return list(STORED).index(field_of(where)) if field_of(where) in STORED else len(STORED)


def local(mail: str) -> str:
    """What stands before the @."""
    return mail.partition("@")[0]


def stored(box: Box, mail: str) -> list[str]:
    """Where in Redis an address, or what is before its @, can be read."""
    return places_of(box.redis, local(mail))


def judge_output(work: Exit, call: Exit, wanted: tuple[str, ...], tried: str) -> None:
    """End the judgement when an address was printed."""
    for who, exit in (("the worker", work), ("the page", call)):
        line = next((line for line in exit.output.splitlines() if any(mail in line for mail in wanted)), None)
        expect(
            line is None,
            Finding(
                tried=tried,
                got=f"{who} printed {line!r}",
                expected="no address in the log",
                lesson="Logs are copied, searched and kept by many: what stands there is told to all of them. "
                "Print the id.",
            ),
            points=2,
        )


# ---- q3

SLOW = (
    "What the user does not need for the answer, and what may take seconds, becomes a job. Called here, it makes the "
    "user wait for the mail provider, and fail with it; in a thread it dies with the process."
)
NEEDED = (
    "What the answer shows must be there when the answer is given: a job is done later, perhaps in an hour. And a call "
    "of microseconds is smaller than the message about it."
)

COUNTED = "`habits.streak(days)` counts the days in a row, from the last one back: call it here, and return its value."
BRACKETS = (
    "With brackets, `habits.well_done(…)` is called here, and what it returns, None, is enqueued. Give `enqueue` the "
    "function, and its argument after a comma: `queue.enqueue(function, argument)`."
)


def judge_q3(box: Box, rng: Random) -> Outcome:
    """The streak comes back at once, computed here; the mail is one job, sent by the worker."""
    users = new_users(rng, 2)
    begin(box, users)
    (id, _, mail), count = users[0], rng.randrange(2, 30)
    days = [*(rng.randrange(2) for _ in range(rng.randrange(5, 20))), 0, *[1] * count]
    tried = "`tick(queue, user_id, days)`"
    call = box.call("ticking.tick", QUEUE, id, days)
    expect(
        call.how != "timeout",
        Finding(
            tried=tried,
            got="it did not end and was stopped",
            expected=f"it returns {count} at once",
            lesson="To wait for a job's result in a request is to wait for a worker, and for all jobs before it. "
            + NEEDED,
        ),
    )
    sent = table(box, "sent")
    if sent and call.raised and "__module__" in call.raised.text:
        not_yet(
            Finding(
                tried=tried,
                got=f"the mail was sent before `tick` returned; {call.raised}",
                expected="one job, no mail yet",
                lesson=BRACKETS,
            ),
        )
    value = ran(call, tried).value
    queued = places(box.redis).queued
    expect(
        len(queued) >= 1 and not sent,
        Finding(
            tried=tried,
            # Without a job it may or may not be sent by now: a thread of the page decides that.
            got="the mail was sent before `tick` returned" if queued else "no job is in the queue",
            expected="one job, no mail yet",
            lesson=SLOW,
        ),
    )
    lesson = COUNTED if isinstance(value, int) else NEEDED
    expect(
        value == count,
        Finding(
            tried=tried,
            got=f"it returned {value!r}",
            expected=f"{count}, the days in a row",
            lesson=lesson,
        ),
    )
    expect(
        len(queued) == 1,
        Finding(
            tried=tried,
            got=f"{waiting(len(queued))} in the queue",
            expected="one job",
            lesson=NEEDED,
        ),
    )
    ran(box.work(), "a worker")
    job = read_job(box.redis, queued[0])
    sent = table(box, "sent")
    expect(
        sent == [[mail, "well done"]] and job.status == "finished",
        Finding(
            tried=f"{tried}, then a worker",
            got=f"{len(sent)} mails were sent, the job is {ended(job)}",
            expected="the worker sends one mail to this user, `well done`",
            lesson="The job calls the function with what it needs: `queue.enqueue(function, argument)`.",
        ),
    )
    return right(1, "`tick` with days that you have not seen, then a worker")
