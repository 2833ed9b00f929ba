"""Judges of lab 04 about reading keys: where a job is, what a dashboard counts, what is stored about somebody."""

from __future__ import annotations

import pickle
import zlib
from random import Random
from typing import Any

from workbook import rq_keys
from workbook.box.box import Box
from workbook.check.outcome import Finding, Outcome, expect, right
from workbook.labs.lab_04.stage import KEYS_STOP, NIGHT, Stage, look, look_at_each

FEW_COMMANDS = 40
MANY_JOBS = 60
WHOLE = {"lrange", "zrange", "zrangebyscore", "zrangebylex", "zrevrange", "zscan", "sort", "sort_ro"}


def judge_q1(box: Box, rng: Random) -> Outcome:
    """The key that holds an id, for jobs in six places, and for ids that are nowhere."""
    scene = Stage(box, rng)
    returned, raised = scene.waiting(), scene.waiting(call=("builtins.len", 7))
    scene.run(returns=[returned], raises=[raised])
    scene.taken()
    scene.lost()
    scene.deferred(scene.waiting())
    scene.later(rng.randrange(3600, 9000))
    scene.waiting(scene.other)
    asked: dict[str, str | None] = {
        id: key if key and key.rpartition(":")[2] != scene.other else None for id, key in scene.where.items()
    }
    asked[raised[:-1]] = None  # the beginning of an id is another id
    ids = rng.sample(sorted(asked), len(asked))
    tried = "`where(redis, queue, job_id)` for jobs in six places, and for some that are in none"
    seen = look_at_each(box, "position.where", scene.queue, ids, tried)
    for id, got in zip(ids, seen.value, strict=True):
        tried_one = f"`where(redis, {scene.queue!r}, {id!r})`"
        expect(
            got == asked[id],
            Finding(
                tried=tried_one,
                got=repr(got),
                expected=repr(asked[id]),
                lesson=place_lesson(got),
            ),
        )
    return right(1, tried)


def place_lesson(got: Any) -> str:
    """Why a wrong place is wrong."""
    if got is None:
        return (
            "The id is there, and was not found: redis-py returns members as bytes, `b'…'`, and a text never equals "
            "bytes. ZSCORE asks the server itself."
        )
    return (
        "It is not about whether the key exists, nor whether something like the id stands there: this very id must "
        "be a member. At work you would look for one job's error among the jobs of others."
    )


def judge_q2(box: Box, rng: Random) -> Outcome:
    """Four numbers from four keys: not from what jobs say of themselves, not with a command for each of them."""
    scene = Stage(box, rng)
    raised = [scene.waiting(call=("builtins.len", 7)) for _ in range(rng.randrange(1, 4))]
    scene.run(raises=raised)
    _, worker = scene.running()
    scene.idle()
    worker.kill()
    box.advance(NIGHT, promote=False)  # a lease that is over: RQ's registries would clean it away when asked
    numbers = {"lost": rng.randrange(1, 4), "taken": rng.randrange(1, 3), "other": rng.randrange(10, 16)}
    for _ in range(numbers["lost"]):
        scene.lost()
    for _ in range(numbers["taken"]):
        scene.taken()
    for _ in range(numbers["other"]):
        scene.waiting(scene.other)
    later, waiting = rng.randrange(4, 8), MANY_JOBS + rng.randrange(20)
    for _ in range(later):
        scene.later(rng.randrange(600, 9000))
    for _ in range(waiting):
        scene.waiting()
    expected = {"waiting": waiting, "running": 1, "later": later, "failed": len(raised)}
    tried = f"`backlog(redis, {scene.queue!r})`"
    seen = look(box, tried, "dashboard.backlog", scene.queue)
    expect(
        seen.value == expected,
        Finding(
            tried=tried,
            got=seen.shown,
            expected=repr(expected),
            lesson=count_lesson(seen.value, expected, numbers),
        ),
    )
    expect(
        not seen.keys,
        Finding(
            tried=tried,
            got="the right numbers, by KEYS",
            expected="the right numbers, without KEYS",
            lesson=KEYS_STOP,
        ),
        points=1,
    )
    total = seen.commands.total()
    expect(
        total <= FEW_COMMANDS,
        Finding(
            tried=tried,
            got=f"the right numbers, with {total} commands for {waiting} jobs",
            expected=f"at most {FEW_COMMANDS} commands",
            lesson=(
                "A dashboard that asks for every job costs more, the longer the queue: it is slowest when you need "
                "it. LLEN and ZCARD cost the same for one job and for a million."
            ),
        ),
        points=1,
    )
    whole = ", ".join(sorted(name.upper() for name in seen.commands.keys() & WHOLE))
    expect(
        not whole,
        Finding(
            tried=tried,
            got=f"the right numbers, by {whole}",
            expected="sizes that Redis tells, without the ids",
            lesson=(
                "Whoever counts the members in Python has fetched all of them: few commands, but with a million jobs "
                "a million ids are sent each second. LLEN and ZCARD send one number."
            ),
        ),
        points=1,
    )
    return right(2, "`backlog(redis, queue)`, where jobs are in all places, and some say queued and are in none")


def count_lesson(got: Any, expected: dict[str, int], numbers: dict[str, int]) -> str:
    """Which misconception made a wrong count."""
    if not (isinstance(got, dict) and got.keys() == expected.keys()):
        return "The dashboard asks for these four names, and expects whole numbers."
    extra = got["waiting"] - expected["waiting"] if isinstance(got["waiting"], int) else 0
    if extra in (numbers["lost"] + numbers["taken"], sum(numbers.values())):
        return (
            "Counted was what the jobs say of themselves. A status is a note that was true once: some jobs here say "
            "queued, and no list that a worker reads has them. A job's place is the collection that holds its id."
        )
    if extra == numbers["taken"]:
        return "What stands in the intermediate list was taken already: no worker will find it in the queue."
    if extra == numbers["other"]:
        return "Jobs of another queue were counted, too: each queue has keys of its own."
    if got["waiting"] == expected["waiting"] and got["running"] == 2:
        return "Counted were the workers. One of them had nothing to do: only what has a lease is a run."
    sizes = "Each number is the size of one key of this queue: one list, three sorted sets."
    if got["waiting"] == expected["waiting"] and got["running"] == 0:
        return f"{sizes} A run whose lease is over counts, too: q5 will tell those apart."
    return sizes


COMPRESSED = (
    "`data` is compressed, so a search in it finds nothing, but whoever reads Redis can decompress it. Compressed is "
    'not protected, and "we store nothing about you" would be untrue.'
)


class Poison:
    """Prints a line when it is unpickled: a stand-in for what somebody might have put there."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def __reduce__(self) -> tuple[Any, tuple[str, ...]]:
        return print, self.words


def judge_q4(box: Box, rng: Random) -> Outcome:
    """Every job that holds an address, in its description or in its pickled call; and no pickle is run."""
    scene, redis = Stage(box, rng), box.redis
    address, user = f"ada{rng.randrange(10**6)}@habits.example", rng.randrange(10**6)
    call, harmless = "reminders.remind", ("reminders.remind", user)
    holders = {
        scene.waiting(call=(call, address)): "in its description",
        scene.waiting(call=(call, {"name": "Ada", "mail": [address]}), description="remind a user"): "in its data",
        scene.waiting(scene.other, call=(call, address), description="remind"): "in its data",
        scene.waiting(call=harmless, description=f"remind {address}"): "in its description",
    }
    for _ in range(3):
        scene.waiting(call=(call, f"bob{rng.randrange(10**6)}@habits.example"))
    words = f"it-{rng.randrange(10**6)}", f"ran-{rng.randrange(10**6)}"
    poisoned, marked = scene.waiting(call=harmless), scene.waiting(call=harmless)
    body = pickle.dumps((call, None, (Poison(*words),), {}))
    redis.hset(rq_keys.job(poisoned), mapping={"data": zlib.compress(body), "description": "remind"})
    redis.hset(rq_keys.job(marked), "meta", pickle.dumps({"note": Poison(*words)}))
    tried = f"`holds(redis, {address!r})`"
    seen = look(box, tried, "privacy.holds", address)
    expect(
        " ".join(words) not in seen.output,
        Finding(
            tried=tried,
            got="code that somebody had stored in a job ran while you looked",
            expected="bytes that are searched, not loaded",
            lesson=(
                "To read a pickle is to run it: `Job.fetch` loads `meta`, `job.args` the call. What was stored here "
                "only printed a line; it could have been any command, with your rights."
            ),
        ),
    )
    expect(
        isinstance(seen.value, list),
        Finding(
            tried=tried,
            got=seen.shown,
            expected="a list or a set of ids, as text",
            lesson="The answer to Ada is made from it.",
        ),
    )
    whole = sorted(name for name in map(str, seen.value) if name.startswith(rq_keys.job.start()))
    expect(
        not whole,
        Finding(
            tried=tried,
            got=f"named: {', '.join(whole[:2])}",
            expected="ids, as text, without `rq:job:`",
            lesson="That is the name of a key; the id is what stands behind `rq:job:`.",
        ),
    )
    missing = [place for id, place in holders.items() if id not in seen.value]
    expect(
        not missing,
        Finding(
            tried=tried,
            got=f"{len(missing)} of {len(holders)} jobs not found; the address stands "
            f"{', '.join(sorted(set(missing)))}",
            expected="every job whose description or call holds it",
            lesson=COMPRESSED
            if "in its data" in missing
            else "The description is text for people, and says what the call said.",
        ),
    )
    more = sorted(set(map(str, seen.value)) - holders.keys())
    expect(
        not more,
        Finding(
            tried=tried,
            got=f"also named: {', '.join(more[:3])}",
            expected="only those that hold it",
            lesson="They concern somebody else.",
        ),
    )
    expect(
        not seen.keys,
        Finding(
            tried=tried,
            got="the right ids, by KEYS",
            expected="the right ids, without KEYS",
            lesson=KEYS_STOP,
        ),
    )
    return right(1, "`holds(redis, address)`: in descriptions, in calls, among jobs that must not be unpickled")
