"""The judges of lab 03, q4 and q5: who is who among jobs, and many of them at once."""

from __future__ import annotations

from random import Random
from typing import Any

from workbook import rq_keys
from workbook.box.box import QUEUE, Box, Given
from workbook.check.evidence import first_failed, places, ran, read_job
from workbook.check.outcome import Finding, Outcome, expect, not_yet, right
from workbook.check.words import ended, waiting
from workbook.labs.lab_03.judge_message import new_users
from workbook.labs.lab_03.stage import Row, begin, table

HOUR = 3600

# ---- q4

SAME_ID = (
    "A double click arrives as two requests. If both get the same id, the second finds the first; a random id makes "
    "two jobs, and the same id without `unique=True` stands in the queue twice."
)
OTHER_ID = "What may happen again is another thing: who it is for and the day belong into the id."
AGAIN = (
    "`unique=True` means: not while a job of this id is in Redis, and a failed one stays for a year. The user would "
    "click in vain: put the failed job back (`job.requeue()`)."
)
EVENING = (
    "A finished job stays for 500 seconds by default, and `unique` holds as long as the job: `result_ttl`. Only a "
    "failed one is put back."
)
ONE_STEP = (
    "Looking first and enqueueing then are two steps, and another click fits in between. `unique=True` looks and "
    "enqueues in one step, and the one who comes second gets `DuplicateJobError`."
)


def judge_q4(box: Box, rng: Random) -> Outcome:
    """Clicks on two days by several users; one fails and is clicked again; in the evening; at the same moment."""
    users, day = new_users(rng, 4), f"2026-1{rng.randrange(3)}-{rng.randrange(10, 28)}"
    ada, late, twin = users[0][0], users[2][0], users[3][0]
    mails = judge_ids(box, users, day)
    work = "a worker on these clicks"
    ran(box.work(), work)
    failed = "a job has failed (there was no such user yet); then two more clicks for the same day"
    broken = [ended(job) for id in places(box.redis).failed if not (job := read_job(box.redis, id)).lines]
    again, sent = click(box, [[late, day], [late, day]], [users[2]], failed, 1)
    expect(
        sent == mails,
        Finding(
            tried=work,
            got="\n".join([f"{len(sent)} mails: {sent}", *broken[:1]]),
            expected="three: today and tomorrow for one, today for the other user",
            lesson="The job calls `remind(user_id, day)`.",
        ),
    )
    queued = places(box.redis).queued
    expect(
        len(queued) == 1 and again == [queued[0]] * 2,
        Finding(
            tried=failed,
            got=f"{waiting(len(queued))} in the queue",
            expected="one job waits again",
            lesson=AGAIN if not queued else SAME_ID,
        ),
        points=1,
    )
    ran(box.work(), failed)
    box.advance(20 * HOUR)
    evening = "in the evening, 20 hours after the mail, more clicks for the same day"
    _, sent = click(box, [[ada, day], [late, day]], [], evening, 2)
    times = sum(row[0] == users[2][2] for row in sent)
    expect(
        times == 1,
        Finding(
            tried=failed + ", and a worker",
            got=f"{times} mails",
            expected="one mail",
            lesson=AGAIN,
        ),
        points=1,
    )
    queued = places(box.redis).queued
    expect(
        not queued,
        Finding(
            tried=evening,
            got=f"{waiting(len(queued))} in the queue",
            expected="no new job: the mail was sent",
            lesson=EVENING,
        ),
        points=2,
    )
    judge_twins(box, twin, day)
    return right(3, "clicks for two days, of several users, after a failure, in the evening, and at the same moment")


def judge_ids(box: Box, users: list[Row], day: str) -> list[Row]:
    """Five clicks, four reminders; returns the mails that a worker should send: one user is not there yet."""
    (ada, _, to_ada), (bob, _, to_bob), (late, *_), _ = users
    tomorrow = f"{day[:-2]}{int(day[-2:]) + 1}"
    tried = "two clicks of a user for today, one for tomorrow, and today's of two other users"
    clicks = [[ada, day], [ada, day], [ada, tomorrow], [bob, day], [late, day]]
    said, _ = click(box, clicks, users[:2] + users[3:], tried, begin=True)
    queued = places(box.redis).queued
    times = sum(queued.count(id) for id in set(said[:2]))
    expect(
        said[0] == said[1] and times == 1,
        Finding(
            tried="two clicks of a user for the same day",
            got=f"the ids {said[0]!r} and {said[1]!r}; {waiting(times)} under them",
            expected="the same id twice, one job waits",
            lesson=SAME_ID,
        ),
    )
    expect(
        len(set(said)) == 4 and sorted(queued) == sorted(set(said)),
        Finding(
            tried=tried,
            got=f"the ids {said}, {waiting(len(queued))} in the queue",
            expected="a job of its own for each day and each user",
            lesson=OTHER_ID,
        ),
    )
    mails = ((to_ada, day), (to_ada, tomorrow), (to_bob, day))
    return sorted([mail, f"{which}: read ten pages"] for mail, which in mails)


def click(
    box: Box, clicks: list[Row], users: list[Row], tried: str, points: float = 0, begin: bool = False
) -> tuple[list[str], list[Row]]:
    """The ids that the answer returns, a call for each click, and the mails that were sent before the first."""
    call = box.call("scene.click", Given("function", "clicking.remind_me"), QUEUE, clicks, users, begin)
    said, sent = ran(call, tried).value or ([], [])
    return ids_of(said, tried, points), sent


def ids_of(said: Any, tried: str, points: float) -> list[str]:
    """What calls returned, where each returned an id."""
    for one in said if isinstance(said, list) and said else [{}]:
        if one.get("raised"):
            lesson = "The one who clicked twice did nothing wrong, and must see no error."
            if one["raised"].startswith("DuplicateJobError"):
                lesson += " `DuplicateJobError` tells that the job is there: catch it."
            elif one["raised"].startswith("ValueError"):
                lesson = "A job's id has letters, digits, `_` and `-` only. No click may end in an error."
            not_yet(
                Finding(
                    tried=tried,
                    got=f"it raised {one['raised']}\n{one['lines']}".strip(),
                    expected="an id",
                    lesson=lesson,
                ),
                points=points,
            )
        expect(
            isinstance(one.get("value"), str),
            Finding(
                tried=tried,
                got=f"it returned {one.get('value')!r}",
                expected="the job's id, a text",
                lesson="The page shows the reminder's state by its id, after each click.",
            ),
            points=points,
        )
    return [one["value"] for one in said]


def judge_twins(box: Box, twin: int, day: str) -> None:
    """Two clicks, the second in the middle of the first."""
    tried = "two clicks at the same moment: the second comes just before the first writes its job down"
    call = box.call("scene.click_at_once", Given("function", "clicking.remind_me"), QUEUE, twin, day)
    said = ids_of(ran(call, tried).value, tried, 2)
    queued = places(box.redis).queued
    expect(
        len(queued) == 1,
        Finding(
            tried=tried,
            got=f"{waiting(len(queued))} in the queue",
            expected="one job waits",
            lesson=ONE_STEP,
        ),
        points=2,
    )
    expect(
        len(set(said)) == 1,
        Finding(
            tried=tried,
            got=f"the ids {said}",
            expected="the same id twice",
            lesson=SAME_ID,
        ),
        points=2,
    )


# ---- q5

MANY = 200
TRIPS = (
    "Each `enqueue` asks Redis and waits for the answer, twice. Over a network that is a minute for some ten thousand "
    "users; `enqueue_many`, or a pipeline, asks once."
)
STALE = "A good morning at noon is of no use: `ttl` is the time in seconds that a job may wait before it is dropped."
ONE_LIST = "`Queue.prepare_data(function, [first, second])`: the arguments as one list, whatever their number."
EACH = "A job for each user: the one that fails then fails alone, and several workers share the morning."


def judge_q5(box: Box, rng: Random) -> Outcome:
    """Three reminders that a worker runs; then hundreds: round trips by the server's count, and an hour's patience."""
    users, day = new_users(rng, 5), f"2026-11-{rng.randrange(10, 29)}"
    begin(box, users)
    chosen = [users[place] for place in (3, 0, 2)]
    tried = "`enqueue_all` for three of five users, then a worker"
    ids = enqueue_all(box, [id for id, *_ in chosen], day, tried)[0]
    ran(box.work(), tried)
    if failed := first_failed(box, ids):
        not_yet(
            Finding(
                tried=tried,
                got=f"a job is {ended(failed)}",
                expected="finished",
                lesson=ONE_LIST,
            ),
        )
    sent, expected = table(box, "sent"), sorted([mail, f"{day}: read ten pages"] for _, _, mail in chosen)
    expect(
        sent == expected,
        Finding(
            tried=tried,
            got=f"{len(sent)} mails: {sent}",
            expected="a mail to each of the three, for this day",
            lesson=EACH,
        ),
    )
    tried = f"`enqueue_all` for {MANY} users"
    ids, reads = enqueue_all(box, rng.sample(range(1000, 10**6), MANY), day, tried)
    expect(
        reads < MANY // 2,
        Finding(
            tried=tried,
            got=f"the server read {reads} requests" if reads < 10 * MANY else "a flood of requests",
            expected="one round trip (a long one is read in pieces, some twenty)",
            lesson=TRIPS,
        ),
        points=1,
    )
    box.advance(HOUR - 100)
    left = box.redis.exists(*(rq_keys.job(id) for id in ids))
    tried += ", and no worker for 58 minutes"
    expect(
        left == MANY,
        Finding(
            tried=tried,
            got=f"{MANY - left} jobs were dropped",
            expected="all still wait",
            lesson=STALE,
        ),
        points=1,
    )
    box.advance(200)
    left = box.redis.exists(*(rq_keys.job(id) for id in ids))
    tried = tried.replace("58", "62")
    expect(
        left == 0,
        Finding(
            tried=tried,
            got=f"{left} jobs still wait",
            expected="all were dropped after an hour",
            lesson=STALE,
        ),
        points=1,
    )
    return right(2, f"three users, then {MANY}: one round trip; all dropped when nobody came for an hour")


def enqueue_all(box: Box, user_ids: list[int], day: str, tried: str) -> tuple[list[str], int]:
    """The ids that came back, in the order of the queue, and how many requests the server read meanwhile."""
    before = requests_read(box)
    call = box.call("morning.enqueue_all", QUEUE, user_ids, day)
    if call.raised and "not iterable" in call.raised.text:
        not_yet(
            Finding(
                tried=tried,
                got=f"{call.raised}\n{call.raised.lines}",
                expected="it returns ids",
                lesson=ONE_LIST,
            ),
        )
    ids = ran(call, tried).value
    reads = requests_read(box) - before - 1
    queued = places(box.redis).queued
    expect(
        len(queued) == len(user_ids),
        Finding(
            tried=tried,
            got=f"{waiting(len(queued))} in the queue",
            expected=f"{len(user_ids)} jobs wait, one for each user",
            lesson=EACH if queued else "What is collected in a pipeline is sent by `execute()`, not before.",
        ),
    )
    expect(
        ids == list(queued),
        Finding(
            tried=tried,
            got=f"it returned {str(ids)[:120]}",
            expected="the jobs' ids, in the order of the users",
            lesson="The caller finds its jobs by their ids, `job.id` of each, as a list.",
        ),
    )
    return list(queued), reads


def requests_read(box: Box) -> int:
    """How many requests the server has read from its clients, this one included."""
    return int(box.redis.info("stats")["total_reads_processed"])
