"""Lab 02, first job."""

from __future__ import annotations

from random import Random

from workbook.bench.box import QUEUE, Box
from workbook.check.evidence import places, ran, read_job
from workbook.check.outcome import Outcome, expect, right
from workbook.check.question import Lab, Question


def judge_q1(box: Box, rng: Random) -> Outcome:
    """A welcome for a user is enqueued: one job, queued, that greets the right user when a worker runs."""
    user = f"user-{rng.randrange(10**6)}"
    tried = f"`send_welcome(queue, {user!r})`, then a worker"
    id = ran(box.call("producer.send_welcome", QUEUE, user), tried).value
    lesson = "The caller should be answered at once; the work belongs to the worker."
    expect(isinstance(id, str), tried, f"it returned {id!r}", "the id of the job, a text", lesson)
    queued = places(box.redis).queued
    expect(queued == (id,), tried, f"{len(queued)} jobs in the queue", "one job, the one whose id came back", lesson)
    ran(box.work(), tried)
    job = read_job(box.redis, id)
    expect(
        job.status == "finished" and job.value == f"welcome, {user}",
        tried, f"{job.status} {job.failure or job.value!r}\n{job.lines}", f"finished, 'welcome, {user}'",
        "What travels is a function's name and its arguments.",
    )  # fmt: skip
    return right(2, "`send_welcome` with a user's name that was never used before, then a worker")


LAB = Lab(
    "02",
    "first job",
    (
        Question(
            "q1", "enqueue a call", 2, "producer", judge_q1,
            (
                "Which method of a queue writes a call down for a worker?",
                "`queue.enqueue(function, argument)`: the function itself, not its result.",
                "`return queue.enqueue(greetings.welcome, user).id`",
            ),
        ),
    ),
)  # fmt: skip
