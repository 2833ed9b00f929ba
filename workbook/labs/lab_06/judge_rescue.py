"""Judges of lab 06 about a whole queue: put back what the dead have left, and say what a crash will have done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from rq import Retry
from rq.job import JobStatus

from workbook import rq_keys
from workbook.box.box import QUEUE, Box, Child
from workbook.check.evidence import places, ran
from workbook.check.outcome import Finding, Outcome, expect, right
from workbook.labs.lab_06.stage import LATER, Stage

TRIED = "`rescue(queue)` ten minutes after a crash"
KEPT = ("created_at", "timeout", "meta", "description", "failure_callback_name")


@dataclass(frozen=True)
class Night:
    """A queue after a crash: the orders of dead workers, those taken and never started, and all that must stay."""

    dead: tuple[str, ...]
    stuck: tuple[str, ...]
    spent: str
    alive: str
    busy: Child
    fresh: str
    failed: str
    waiting: str

    @property
    def to_rescue(self) -> set[str]:
        """The orders that must be put back."""
        return {*self.dead, *self.stuck}


def after_a_crash(scene: Stage) -> Night:
    """Real workers that die in an order, one that lives and is busy, and ids that were taken and not started."""
    rng, box = scene.rng, scene.box
    stuck = tuple(scene.order(**options) for options in rng.sample([{}, {"retry": Retry(max=1)}], rng.randrange(1, 3)))
    for id in stuck:
        scene.taken(id)
    failed, spent = scene.order(), scene.order(retry=Retry(max=1), timeout=rng.randrange(60, 180))
    scene.worker_dies("503", "503", scene.dies())  # its clean-up has noted what is stuck
    dead = [spent]
    for options in rng.sample([{}, {"retry": Retry(max=rng.randrange(1, 4))}], 2):
        dead.append(scene.order(**options))
        scene.worker_dies(scene.dies())
    alive = scene.order(retry=Retry(max=1))
    busy = scene.worker_hangs()
    box.advance(LATER)
    fresh, waiting = scene.order(), scene.order()
    scene.taken(fresh)
    return Night(tuple(dead), stuck, spent, alive, busy, fresh, failed, waiting)


def judge_q3(box: Box, rng: Random) -> Outcome:
    """Exactly the jobs of dead workers are put back, once each; a live worker's job is left alone."""
    scene = Stage(box, rng)
    night = after_a_crash(scene)
    before = {id: fields(box, id) for id in night.to_rescue}
    called = box.call("rescuer.rescue", QUEUE)
    expect(
        not (called.raised and called.raised.type == "InvalidJobOperation"),
        Finding(
            tried=TRIED,
            got=f"{called.raised}\n{called.raised.lines if called.raised else ''}",
            expected="the orders are put back",
            lesson=(
                "`requeue` takes a job out of the *failed* ones, and this one is not there: it is started, or queued "
                "already. RQ's clean-up fails what has no retries left, and queues the rest."
            ),
        ),
    )
    expect(
        not (called.raised and called.raised.type == "NotImplementedError"),
        Finding(
            tried=TRIED,
            got=f"{called.raised}\n{called.raised.lines if called.raised else ''}",
            expected="the orders are put back",
            lesson=(
                "RQ has not written this method for the registry of started jobs: its entries are runs, not jobs. "
                "`cleanup()` takes out those whose lease is over."
            ),
        ),
    )
    said = ran(called, TRIED).value
    judge_untouched(scene, night, TRIED)
    judge_put_back(scene, night, before)
    second = ran(box.call("rescuer.rescue", QUEUE), "`rescue(queue)` twice in a row").value
    judge_untouched(scene, night, "`rescue(queue)` twice in a row")
    for id in sorted(night.to_rescue):
        expect(
            places(box.redis).queued.count(id) == 1,
            Finding(
                tried="`rescue(queue)` twice in a row, before a worker comes",
                got=scene.whereabouts(id),
                expected=f"{id} once in the queue",
                lesson=(
                    "Cron calls it each minute. Whatever made it find the job (the lease, the intermediate list) must "
                    "go when the job is put back."
                ),
            ),
            points=2,
        )
    judge_runs(scene, night)
    judge_returned(night, said, second)
    return right(
        4, "`rescue(queue)` after a crash: workers that died in a job, ids taken and not started, and a busy worker"
    )


def judge_untouched(scene: Stage, night: Night, tried: str) -> None:
    """What lives, waits or has failed is where it was."""
    now = places(scene.box.redis)
    id = night.alive
    expect(
        now.started.count(id) == 1 and id not in now.queued + now.failed and scene.status(id) == "started",
        Finding(
            tried=tried,
            got=f"{scene.whereabouts(id)}; its worker lives, and is at it",
            expected=f"{id} stays started",
            lesson=(
                "Another worker would run it at the same time: twice. Its lease is not over, and that is the only "
                "sign of life there is: a status does not tell, and a clean-up whose clock you put forward takes "
                "everybody for dead."
            ),
        ),
    )
    id = night.fresh
    expect(
        now.intermediate.count(id) == 1 and id not in now.queued + now.failed and scene.status(id) == "queued",
        Finding(
            tried=tried,
            got=f"{scene.whereabouts(id)}; a worker took it a moment ago, and is about to start it",
            expected=f"{id} stays in the intermediate list",
            lesson="Every healthy job is there for an instant. Only what was seen there a minute ago has lost "
            "its worker.",
        ),
        points=1,
    )
    id = night.failed
    expect(
        id in now.failed and id not in now.queued and scene.status(id) == "failed",
        Finding(
            tried=tried,
            got=f"{scene.whereabouts(id)}; the provider had refused it",
            expected=f"{id} stays failed",
            lesson="It raised an exception, and no worker died. Somebody has to look before it runs again.",
        ),
        points=1,
    )
    id = night.waiting
    expect(
        now.queued.count(id) == 1,
        Finding(
            tried=tried,
            got=scene.whereabouts(id),
            expected=f"{id} waits in the queue as before",
            lesson="A rescue that touches what is well does harm each time it is called.",
        ),
        points=1,
    )


def judge_put_back(scene: Stage, night: Night, before: Mapping[str, Mapping[str, Any]]) -> None:
    """The orders of the dead are in the queue under their old ids, and nothing else is."""
    now = places(scene.box.redis)
    strangers = sorted(set(now.queued) - night.to_rescue - {night.waiting})
    expect(
        not strangers,
        Finding(
            tried=TRIED,
            got=f"{len(strangers)} new ids in the queue, {strangers[0] if strangers else ''}",
            expected="the old jobs, under their old ids",
            lesson="Whoever waits for the order knows the old id, and the old job will still be failed, or run "
            "again, by RQ.",
        ),
    )
    for id in night.dead:
        lesson = "Its worker is dead, and its lease is over."
        if scene.status(id) == "failed":
            lesson = (
                "RQ's clean-up retries what has retries left; all else it fails, and you wanted it back. Afterwards no "
                "lease tells which these were: ask before it."
            )
        elif id not in now.queued and id not in now.started:
            lesson = "It is in no list any more: no worker and no clean-up will find it."
        expect(
            id in now.queued,
            Finding(
                tried=TRIED,
                got=scene.whereabouts(id),
                expected=f"{id} in the queue",
                lesson=lesson,
            ),
        )
    for id in night.stuck:
        expect(
            id in now.queued,
            Finding(
                tried=TRIED,
                got=scene.whereabouts(id),
                expected=f"{id} in the queue",
                lesson="Its worker took it and died before the start: there is no lease. Look into the "
                "intermediate list, too.",
            ),
            points=2,
        )
    for id in sorted(night.to_rescue):
        places_of = now.failed.count(id) + now.intermediate.count(id)
        expect(
            now.queued.count(id) == 1 and not places_of and scene.status(id) == "queued",
            Finding(
                tried=TRIED,
                got=scene.whereabouts(id),
                expected=f"{id} says queued, and stands in the queue, once, and nowhere else",
                lesson="A job in two places runs twice, or is failed while it runs.",
            ),
            points=1,
        )
        judge_fields(id, before[id], fields(scene.box, id))


def judge_fields(id: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """A job is what it was, and has no more retries than it had."""
    changed = [name for name in KEPT if before[name] != after[name]]
    expect(
        not changed,
        Finding(
            tried=TRIED,
            got=f"{id} has another {' and '.join(changed)} than before",
            expected="the same job as before",
            lesson=(
                "Enqueued anew under its old id, a job loses its history and its options: when it was asked for, how "
                "long it may take."
            ),
        ),
        points=2,
    )
    had, has = (int(each["retries_left"] or 0) for each in (before, after))
    expect(
        has <= had,
        Finding(
            tried=TRIED,
            got=f"{id} had {had} retries left, now {has}",
            expected=f"at most {had}",
            lesson=(
                "A job that kills each worker it meets must come to an end: a rescue that brings its retries back "
                "keeps it going for ever."
            ),
        ),
        points=3,
    )


def fields(box: Box, id: str) -> dict[str, Any]:
    """What a rescue must keep of a job's hash, and its retries."""
    names = (*KEPT, "retries_left")
    return dict(zip(names, box.redis.hmget(rq_keys.job(id), names), strict=True))


def judge_runs(scene: Stage, night: Night) -> None:
    """The live worker ends its job and runs what was put back: the provider's book tells how often."""
    had = scene.calls()
    scene.box.provider.plan()
    scene.release()
    ran(night.busy.wait(portions=3), "the worker that lives, on what was put back")
    expected = dict.fromkeys(night.to_rescue | {night.waiting}, 1) | dict.fromkeys((night.alive, night.failed), 0)
    more = {id: scene.calls()[id] - had[id] for id in expected}
    for id, runs in expected.items():
        expect(
            more[id] == runs,
            Finding(
                tried="`rescue(queue)`, then the provider's book",
                got=f"{id} ran {more[id]} more times",
                expected=f"{runs} more times",
                lesson="What counts is not what a queue says, but how often the provider was asked.",
            ),
            points=1,
        )
    unfinished = [id for id in sorted(night.to_rescue) if scene.status(id) != "finished"]
    expect(
        not unfinished,
        Finding(
            tried="`rescue(queue)`, then a worker",
            got=", ".join(map(scene.whereabouts, unfinished)),
            expected="all that were put back are finished",
            lesson="A job that is put back must be one that a worker can run.",
        ),
        points=1,
    )


def judge_returned(night: Night, said: object, second: object) -> None:
    """What the two calls returned."""
    names = sorted(map(str, said)) if isinstance(said, list) else said
    lesson = "Whoever is on call must be able to read what was done in the night."
    if isinstance(names, list) and names and set(names) < night.to_rescue:
        lesson += " Those that RQ's clean-up queues itself, as they have retries left, are put back, too."
        if night.to_rescue.difference(names).intersection(night.stuck):
            lesson = "What you take out of the intermediate list is put back, too: its ids belong to the answer."
    expect(
        names == sorted(night.to_rescue),
        Finding(
            tried=TRIED,
            got=f"the right jobs are put back; it returned {said!r}",
            expected=f"their ids, as text: {sorted(night.to_rescue)}",
            lesson=lesson,
        ),
        points=3,
    )
    expect(
        not second,
        Finding(
            tried="`rescue(queue)` twice in a row",
            got=f"the second call returned {second!r}",
            expected="an empty list",
            lesson="It says that it did something, and did nothing.",
        ),
        points=3,
    )


MORNING: Mapping[str, tuple[str, int]] = {
    "ada": ("failed", 1),
    "bob": ("finished", 2),
    "cleo": ("failed", 1),
    "dora": ("finished", 2),
    "emil": ("finished", 1),
    "fay": ("failed", 0),
    "gus": ("finished", 1),
    "hal": ("queued", 0),
}
LESSONS = {
    "ada": "Without `Retry` a crash is the end: at most once. And *failed* does not mean that it did not happen.",
    "bob": "A retry is left, so the clean-up puts it back. It cannot know that the charge was booked already.",
    "cleo": "The clean-up of 02:20 finds its lease over. Without retries it does not run it again, and the "
    "call of 02:10 stays.",
    "dora": "Its work-horse lives, and the clean-up cannot see that: it takes the run for dead. A retry is left, so it "
    "runs twice at the same time, and both runs report success.",
    "emil": "The clean-up of 02:20 calls it failed, while its work-horse lives and waits for an answer. Nobody tells "
    "the work-horse. Who writes last?",
    "fay": "Taken, and never started. The first clean-up notes it, the second treats it as a failed attempt. "
    "Is a retry left?",
    "gus": "Taken, and never started. For a clean-up that is a failed attempt; what happens to one with retries left?",
    "hal": "A clean-up looks into the lists and at the leases. This id is in none of them. Does a retry help a job "
    "that nobody finds?",
}
STATUSES = tuple(status.value for status in JobStatus)
FIRST = ("bob", "cleo", "ada", "gus", "fay", "hal", "dora", "emil")


def judge_q5(box: Box, rng: Random) -> Outcome:
    """Status and calls of each order in the morning. Fixed: a test lets RQ live through this night."""
    tried = "`by_morning()`"
    said = ran(box.call("night.by_morning"), tried).value
    left_out = [name for name in MORNING if name not in said] if isinstance(said, dict) else []
    expect(
        isinstance(said, dict) and set(said) == set(MORNING),
        Finding(
            tried=tried,
            got=f"nothing about {', '.join(left_out)}" if left_out else shortened(said),
            expected=f"a dict with the names {', '.join(MORNING)}",
            lesson="A report that leaves out an order is no report.",
        ),
    )
    for name, pair in said.items():
        both = isinstance(pair, list) and len(pair) == 2
        expect(
            not (both and None in pair),
            Finding(
                tried=tried,
                got=f"{name} has dots in it, or None",
                expected="a status and a number for each",
                lesson="Not sure? Put in what you guess: the check names one order to think about again.",
            ),
        )
        expect(
            both and isinstance(pair[0], str) and type(pair[1]) is int,
            Finding(
                tried=tried,
                got=f"{name}: {pair!r}",
                expected="two values: the status in quotes, and how many calls are in the book, a number "
                "without, ('failed', 1) say",
                lesson="Status and effect are two questions: that is why you are asked for both.",
            ),
        )
        expect(
            pair[0] in STATUSES,
            Finding(
                tried=tried,
                got=f"{name}: {pair[0]!r}",
                expected="a word that RQ has: queued, started, finished or failed, say",
                lesson="Whoever asks Redis for a status compares words, letter by letter.",
            ),
        )
    wrong = [name for name in FIRST if tuple(said[name]) != MORNING[name]]
    if wrong:
        name, (status, calls) = wrong[0], said[wrong[0]]
        off = [status != MORNING[name][0], calls != MORNING[name][1]]
        what = " and ".join(
            word for word, is_off in zip(("another status", "another number of calls"), off, strict=True) if is_off
        )
        expect(
            False,
            Finding(
                tried=tried,
                got=f"{name}: {(status, calls)!r}; {len(MORNING) - len(wrong)} of {len(MORNING)} are right",
                expected=f"{name} has {what} in the morning",
                lesson=LESSONS[name],
            ),
            points=1 if len(wrong) <= 2 else 0,
        )
    return right(2, "`by_morning()`, against what RQ does in such a night")


def shortened(value: object) -> str:
    """A value in at most 200 characters."""
    return repr(value)[:200]
