"""Judges of lab 04 about jobs that do not come: which are lost, and what happened to each."""

from __future__ import annotations

from random import Random
from typing import Any

from rq import Retry

from workbook import rq_keys
from workbook.box.box import Box
from workbook.check.outcome import Finding, Outcome, expect, right
from workbook.labs.lab_04.stage import KEYS_STOP, NIGHT, Stage, look, look_at_each

AGAIN, FAILED, NEVER = "again", "failed", "never"


def judge_q3(box: Box, rng: Random) -> Outcome:
    """The jobs of a queue that say queued and are not in it, and what becomes of each."""
    scene = Stage(box, rng)
    fates, notes = lost_jobs(scene)
    tried = f"`lost(redis, {scene.queue!r})`"
    seen = look(box, tried, "lost.lost", scene.queue)
    said = seen.value
    expect(
        isinstance(said, dict),
        Finding(
            tried=tried,
            got=seen.shown,
            expected="a dict: id, as text, → again, failed or never",
            lesson="Whoever is on call needs to know for each job whether to do something.",
        ),
    )
    for id in sorted(said.keys() - fates.keys()):
        lesson = notes.get(id, "Only ids of this queue's jobs that say queued.")
        expect(
            False,
            Finding(
                tried=tried,
                got=f"{id} is named",
                expected="only jobs of this queue that say queued and are not in its list",
                lesson=lesson,
            ),
        )
    for id in sorted(fates.keys() - said.keys()):
        expect(
            False,
            Finding(
                tried=tried,
                got=f"{id} is missing; it says queued, and rq:queue:{scene.queue} lacks it",
                expected=f"{id}: {fates[id]}",
                lesson=(
                    "A job that no list names is found from the other side: go through the jobs, not through the lists."
                    if scene.where[id] is None
                    else "The intermediate list is no queue: no worker takes jobs from it."
                ),
            ),
        )
    for id, fate in fates.items():
        expect(
            said[id] == fate,
            Finding(
                tried=tried,
                got=f"{id}: {said[id]!r}",
                expected=f"{id}: {fate!r}",
                lesson=fate_lesson(notes[id], fate),
            ),
            points=1,
        )
    expect(
        not seen.keys,
        Finding(
            tried=tried,
            got="the right fates, by KEYS",
            expected="the right fates, without KEYS",
            lesson=KEYS_STOP,
        ),
        points=2,
    )
    return right(
        3, "`lost(redis, queue)`: jobs taken and not started, with and without retries, by both kinds of worker"
    )


def lost_jobs(scene: Stage) -> tuple[dict[str, str], dict[str, str]]:
    """A queue with lost jobs: their fates, and what there is to know of these and other jobs."""
    fates: dict[str, str] = {}
    notes: dict[str, str] = {}
    for _ in range(scene.rng.randrange(1, 3)):
        fates[scene.lost()] = NEVER
    fates[with_retry := scene.lost(retry=Retry(max=scene.rng.randrange(1, 4)))] = NEVER
    fates[scene.taken()] = FAILED
    fates[scene.taken(retry=Retry(max=scene.rng.randrange(1, 4)))] = AGAIN
    fates[spent := scene.taken(retry=Retry(max=2))] = FAILED
    scene.redis.hset(rq_keys.job(spent), "retries_left", 0)
    scene.redis.set(rq_keys.first_seen(scene.queue, spent), "1795518124.2", ex=86400)
    gone = scene.taken(ttl=3600)
    scene.redis.delete(rq_keys.job(gone))
    elsewhere = [scene.lost(scene.other), scene.taken(scene.other), scene.waiting(scene.other)]
    well = [scene.waiting() for _ in range(3)]
    well += [scene.deferred(well[0]), scene.later(3600)]
    notes |= {id: f"It is a job of {scene.other}: its field `origin` says so." for id in elsewhere}
    notes |= {id: "Nothing is wrong with it: its id is where its status says." for id in well}
    notes[gone] = "Its hash is gone (its `ttl` was over): it says nothing any more, and there is nothing left to run."
    notes |= {id: "plain" for id in fates} | {with_retry: "lost with retries", spent: "spent"}
    return fates, notes


def fate_lesson(note: str, fate: str) -> str:
    """Why a job's fate is what it is."""
    if note == "lost with retries":
        return (
            "A retry needs somebody who sees the crash. RQ's clean-up goes through lists, and no list names this job."
        )
    if note == "spent":
        return "`retries_left` is there, and 0: it has used them up. That a field exists says nothing of its value."
    return {
        NEVER: "No list names it, so no worker and no clean-up of RQ will ever find it. Somebody has to put it back.",
        FAILED: "RQ's clean-up finds it in the intermediate list and treats it as a failed attempt; it has no retries.",
        AGAIN: "RQ's clean-up finds it in the intermediate list, and it has retries left: it goes back into the queue.",
    }[fate]


TAKEN, LOST, DIED, NO_SCHEDULER, PARENT, EXPIRED, NOTHING = (
    "taken, not started",
    "lost",
    "worker died",
    "no scheduler",
    "parent failed",
    "expired",
    "nothing unusual",
)
LESSONS = {
    TAKEN: "Its id is in the intermediate list, and it says queued: a worker took it and never started it.",
    LOST: "It says queued, and nothing holds its id: whoever took it is dead, and nobody else knows of it.",
    DIED: "It says started, but its lease in wip is over: nobody renews it. A status was true when it was written; "
    "only the lease tells whether somebody still lives.",
    NO_SCHEDULER: "Its score in the scheduled set is when it is due. That has passed, and no scheduler has looked.",
    PARENT: "The job it waits for has failed. RQ queues it when its parent has *finished*: it waits for ever.",
    EXPIRED: "Its hash is gone, so it says nothing any more: a job is kept as long as its result, by default 500 s.",
    NOTHING: "It is as it should be: waiting, running with a lease that is good, due later, or over. A false alarm at "
    "night costs trust in the next one.",
}


def judge_q5(box: Box, rng: Random) -> Outcome:
    """What happened to each job of a queue after a bad night, and the key that holds it."""
    scene = Stage(box, rng)
    happened = bad_night(scene)
    ids = rng.sample(sorted(happened), len(happened))
    tried = "`explain(redis, queue, job_id)` for thirteen jobs of a queue after a bad night"
    seen = look_at_each(box, "detective.explain", scene.queue, ids, tried)
    for id, got in zip(ids, seen.value, strict=True):
        expect(
            isinstance(got, list) and len(got) == 2,
            Finding(
                tried=f"`explain(redis, {scene.queue!r}, {id!r})`",
                got=repr(got),
                expected="two values: what happened, and the evidence",
                lesson="A verdict without evidence cannot be checked by the colleague who takes over.",
            ),
        )
    wrong: dict[str, tuple[str, Any]] = {}
    for id, got in zip(ids, seen.value, strict=True):
        expected = [happened[id], scene.where[id]]
        if got != expected:
            wrong.setdefault(happened[id], (id, got))
    points = max(0, 3 - len(wrong))
    for what in LESSONS:
        if what in wrong:
            id, got = wrong[what]
            lesson = LESSONS[what]
            if what == PARENT and isinstance(got[0], str) and got[0] == NOTHING:
                lesson += " (`dependency_id` comes as bytes; bytes put into an f-string become `b'…'`, and no key has "
                lesson += "that name.)"
            if what == NOTHING and isinstance(got[0], str) and got[0] == DIED and f"{id}0" in happened:
                lesson += (
                    f" (The lease that is over is that of {id}0, another job: a member of wip begins with `JOB:`.)"
                )
            expect(
                False,
                Finding(
                    tried=f"`explain(redis, {scene.queue!r}, {id!r})`",
                    got=shown(got),
                    expected=shown([what, scene.where[id]]),
                    lesson=lesson,
                ),
                points=points,
            )
    expect(
        not seen.keys,
        Finding(
            tried=tried,
            got="all right, by KEYS",
            expected="all right, without KEYS",
            lesson=KEYS_STOP,
        ),
        points=2,
    )
    return right(3, tried)


def shown(pair: Any) -> str:
    """A pair as the learner would write it: it has travelled as a list."""
    return repr(tuple(pair)) if isinstance(pair, list) else repr(pair)


def bad_night(scene: Stage) -> dict[str, str]:
    """Thirteen jobs of a queue: real runs, a worker that is killed, one that lives, then time passes."""
    finished, brief = scene.waiting(), scene.waiting(result_ttl=scene.rng.randrange(60, 240))
    failed = scene.waiting(call=("builtins.len", 7))
    child = scene.deferred(failed)
    scene.run(returns=[finished, brief], raises=[failed])
    alive, _ = scene.running()
    dead, worker = scene.running(id=f"{alive}0")  # members of wip begin with the id, and so do those of longer ids
    worker.kill()
    due = scene.later(scene.rng.randrange(20, 200))
    scene.box.advance(NIGHT, promote=False)  # no scheduler is there in that time
    taken, lost = scene.taken(), scene.lost()
    waiting = scene.waiting()
    return {
        taken: TAKEN,
        lost: LOST,
        dead: DIED,
        due: NO_SCHEDULER,
        child: PARENT,
        brief: EXPIRED,
        **dict.fromkeys(
            (finished, failed, alive, waiting, scene.deferred(waiting), scene.later(3600), scene.waiting()), NOTHING
        ),
    }
