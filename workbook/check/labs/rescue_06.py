"""Judges of lab 06 about a whole queue: put back what the dead have left, and say what a crash will have done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from rq import Retry
from rq.job import JobStatus

from workbook.bench.box import QUEUE, Box, Child
from workbook.check.evidence import places, ran
from workbook.check.labs.scene_06 import LATER, Scene
from workbook.check.outcome import Outcome, expect, right

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


def after_a_crash(scene: Scene) -> Night:
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
    scene = Scene(box, rng)
    night = after_a_crash(scene)
    before = {id: fields(box, id) for id in night.to_rescue}
    called = box.call("rescuer.rescue", QUEUE)
    expect(
        not (called.raised and called.raised.type == "InvalidJobOperation"),
        TRIED, f"{called.raised}\n{called.raised.lines if called.raised else ''}", "the orders are put back",
        "`requeue` takes a job out of the *failed* ones, and this one is not there: it is started, or queued already. "
        "RQ's clean-up fails what has no retries left, and queues the rest.",
    )  # fmt: skip
    expect(
        not (called.raised and called.raised.type == "NotImplementedError"),
        TRIED, f"{called.raised}\n{called.raised.lines if called.raised else ''}", "the orders are put back",
        "RQ has not written this method for the registry of started jobs: its entries are runs, not jobs. `cleanup()` "
        "takes out those whose lease is over.",
    )  # fmt: skip
    said = ran(called, TRIED).value
    judge_untouched(scene, night, TRIED)
    judge_put_back(scene, night, before)
    second = ran(box.call("rescuer.rescue", QUEUE), "`rescue(queue)` twice in a row").value
    judge_untouched(scene, night, "`rescue(queue)` twice in a row")
    for id in sorted(night.to_rescue):
        expect(
            places(box.redis).queued.count(id) == 1, "`rescue(queue)` twice in a row, before a worker comes",
            scene.whereabouts(id), f"{id} once in the queue",
            "Cron calls it each minute. Whatever made it find the job (the lease, the intermediate list) must go when "
            "the job is put back.", points=2,
        )  # fmt: skip
    judge_runs(scene, night)
    judge_returned(night, said, second)
    return right(
        4, "`rescue(queue)` after a crash: workers that died in a job, ids taken and not started, and a busy worker"
    )


def judge_untouched(scene: Scene, night: Night, tried: str) -> None:
    """What lives, waits or has failed is where it was."""
    now = places(scene.box.redis)
    id = night.alive
    expect(
        now.started.count(id) == 1 and id not in now.queued + now.failed and scene.status(id) == "started",
        tried, f"{scene.whereabouts(id)}; its worker lives, and is at it", f"{id} stays started",
        "Another worker would run it at the same time: twice. Its lease is not over, and that is the only sign of life "
        "there is: a status does not tell, and a clean-up whose clock you put forward takes everybody for dead.",
    )  # fmt: skip
    id = night.fresh
    expect(
        now.intermediate.count(id) == 1 and id not in now.queued + now.failed and scene.status(id) == "queued",
        tried, f"{scene.whereabouts(id)}; a worker took it a moment ago, and is about to start it",
        f"{id} stays in the intermediate list",
        "Every healthy job is there for an instant. Only what was seen there a minute ago has lost its worker.",
        points=1,
    )  # fmt: skip
    id = night.failed
    expect(
        id in now.failed and id not in now.queued and scene.status(id) == "failed",
        tried, f"{scene.whereabouts(id)}; the provider had refused it", f"{id} stays failed",
        "It raised an exception, and no worker died. Somebody has to look before it runs again.", points=1,
    )  # fmt: skip
    id = night.waiting
    expect(
        now.queued.count(id) == 1, tried, scene.whereabouts(id), f"{id} waits in the queue as before",
        "A rescue that touches what is well does harm each time it is called.", points=1,
    )  # fmt: skip


def judge_put_back(scene: Scene, night: Night, before: Mapping[str, Mapping[str, Any]]) -> None:
    """The orders of the dead are in the queue under their old ids, and nothing else is."""
    now = places(scene.box.redis)
    strangers = sorted(set(now.queued) - night.to_rescue - {night.waiting})
    expect(
        not strangers, TRIED, f"{len(strangers)} new ids in the queue, {strangers[0] if strangers else ''}",
        "the old jobs, under their old ids",
        "Whoever waits for the order knows the old id, and the old job will still be failed, or run again, by RQ.",
    )  # fmt: skip
    for id in night.dead:
        lesson = "Its worker is dead, and its lease is over."
        if scene.status(id) == "failed":
            lesson = (
                "RQ's clean-up retries what has retries left; all else it fails, and you wanted it back. Afterwards no "
                "lease tells which these were: ask before it."
            )
        elif id not in now.queued and id not in now.started:
            lesson = "It is in no list any more: no worker and no clean-up will find it."
        expect(id in now.queued, TRIED, scene.whereabouts(id), f"{id} in the queue", lesson)
    for id in night.stuck:
        expect(
            id in now.queued, TRIED, scene.whereabouts(id), f"{id} in the queue",
            "Its worker took it and died before the start: there is no lease. Look into the intermediate list, too.",
            points=2,
        )  # fmt: skip
    for id in sorted(night.to_rescue):
        places_of = now.failed.count(id) + now.intermediate.count(id)
        expect(
            now.queued.count(id) == 1 and not places_of and scene.status(id) == "queued",
            TRIED, scene.whereabouts(id), f"{id} says queued, and stands in the queue, once, and nowhere else",
            "A job in two places runs twice, or is failed while it runs.", points=1,
        )  # fmt: skip
        judge_fields(id, before[id], fields(scene.box, id))


def judge_fields(id: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """A job is what it was, and has no more retries than it had."""
    changed = [name for name in KEPT if before[name] != after[name]]
    expect(
        not changed, TRIED, f"{id} has another {' and '.join(changed)} than before", "the same job as before",
        "Enqueued anew under its old id, a job loses its history and its options: when it was asked for, how long it "
        "may take.", points=2,
    )  # fmt: skip
    had, has = (int(each["retries_left"] or 0) for each in (before, after))
    expect(
        has <= had, TRIED, f"{id} had {had} retries left, now {has}", f"at most {had}",
        "A job that kills each worker it meets must come to an end: a rescue that brings its retries back keeps it "
        "going for ever.", points=3,
    )  # fmt: skip


def fields(box: Box, id: str) -> dict[str, Any]:
    """What a rescue must keep of a job's hash, and its retries."""
    names = (*KEPT, "retries_left")
    return dict(zip(names, box.redis.hmget(f"rq:job:{id}", names), strict=True))


def judge_runs(scene: Scene, night: Night) -> None:
    """The live worker ends its job and runs what was put back: the provider's book tells how often."""
    had = scene.calls()
    scene.box.provider.plan()
    scene.release()
    ran(night.busy.wait(6), "the worker that lives, on what was put back")
    expected = dict.fromkeys(night.to_rescue | {night.waiting}, 1) | dict.fromkeys((night.alive, night.failed), 0)
    more = {id: scene.calls()[id] - had[id] for id in expected}
    for id, runs in expected.items():
        expect(
            more[id] == runs, "`rescue(queue)`, then the provider's book", f"{id} ran {more[id]} more times",
            f"{runs} more times", "What counts is not what a queue says, but how often the provider was asked.",
            points=1,
        )  # fmt: skip
    unfinished = [id for id in sorted(night.to_rescue) if scene.status(id) != "finished"]
    expect(
        not unfinished, "`rescue(queue)`, then a worker", ", ".join(map(scene.whereabouts, unfinished)),
        "all that were put back are finished", "A job that is put back must be one that a worker can run.", points=1,
    )  # fmt: skip


def judge_returned(night: Night, said: object, second: object) -> None:
    """What the two calls returned."""
    names = sorted(map(str, said)) if isinstance(said, list) else said
    lesson = "Whoever is on call must be able to read what was done in the night."
    if isinstance(names, list) and names and set(names) < night.to_rescue:
        lesson += " Those that RQ's clean-up queues itself, as they have retries left, are put back, too."
        if night.to_rescue.difference(names).intersection(night.stuck):
            lesson = "What you take out of the intermediate list is put back, too: its ids belong to the answer."
    expect(
        names == sorted(night.to_rescue), TRIED, f"the right jobs are put back; it returned {said!r}",
        f"their ids, as text: {sorted(night.to_rescue)}", lesson, points=3,
    )  # fmt: skip
    expect(
        not second, "`rescue(queue)` twice in a row", f"the second call returned {second!r}", "an empty list",
        "It says that it did something, and did nothing.", points=3,
    )  # fmt: skip


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
        isinstance(said, dict) and set(said) == set(MORNING), tried,
        f"nothing about {', '.join(left_out)}" if left_out else shortened(said),
        f"a dict with the names {', '.join(MORNING)}", "A report that leaves out an order is no report.",
    )  # fmt: skip
    for name, pair in said.items():
        both = isinstance(pair, list) and len(pair) == 2
        expect(
            not (both and None in pair), tried, f"{name} has dots in it, or None", "a status and a number for each",
            "Not sure? Put in what you guess: the check names one order to think about again.",
        )  # fmt: skip
        expect(
            both and isinstance(pair[0], str) and type(pair[1]) is int, tried, f"{name}: {pair!r}",
            "two values: the status in quotes, and how many calls are in the book, a number without, ('failed', 1) say",
            "Status and effect are two questions: that is why you are asked for both.",
        )  # fmt: skip
        expect(
            pair[0] in STATUSES, tried, f"{name}: {pair[0]!r}",
            "a word that RQ has: queued, started, finished or failed, say",
            "Whoever asks Redis for a status compares words, letter by letter.",
        )  # fmt: skip
    wrong = [name for name in FIRST if tuple(said[name]) != MORNING[name]]
    if wrong:
        name, (status, calls) = wrong[0], said[wrong[0]]
        both = [status != MORNING[name][0], calls != MORNING[name][1]]
        what = " and ".join(
            word for word, off in zip(("another status", "another number of calls"), both, strict=True) if off
        )
        expect(
            False, tried, f"{name}: {(status, calls)!r}; {len(MORNING) - len(wrong)} of {len(MORNING)} are right",
            f"{name} has {what} in the morning", LESSONS[name], points=1 if len(wrong) <= 2 else 0,
        )  # fmt: skip
    return right(2, "`by_morning()`, against what RQ does in such a night")


def shortened(value: object) -> str:
    """A value in at most 200 characters."""
    return repr(value)[:200]
