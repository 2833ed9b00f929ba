"""Lab 04, Redis detective: the questions and their hints."""

from __future__ import annotations

from workbook.check.labs.crime_04 import judge_q3, judge_q5
from workbook.check.labs.reading_04 import judge_q1, judge_q2, judge_q4
from workbook.check.question import Lab, Question

LAB = Lab(
    "04",
    "Redis detective",
    (
        Question(
            "q1", "where is a job?", 1, "position", judge_q1,
            (
                "Of which type are `rq:failed:…` and its like? Which command asks such a key about one member?",
                "`redis.zscore(key, member)`: the member's number, or None if it is not there.",
                "`if redis.zscore(key, job_id) is not None:`",
            ),
        ),
        Question(
            "q2", "the dashboard that stops the server", 2, "dashboard", judge_q2,
            (
                "You need four numbers. Which four keys of this queue have exactly so many members?",
                "`redis.llen(key)` counts a list, `redis.zcard(key)` a sorted set; neither reads a single job.",
                '`"waiting": redis.llen(f"rq:queue:{queue}")`, and zcard for `rq:wip:`, `rq:scheduled:`, `rq:failed:`',
            ),
        ),
        Question(
            "q3", "queued, and in no queue", 3, "lost", judge_q3,
            (
                "How do you find jobs that no list names? What do they say of themselves, and where do they not stand?",
                "`scan_iter` finds the jobs, `origin` tells a job's queue. Then two lists: in the queue it is fine, in "
                "the intermediate list `retries_left` decides, in neither it is `never`.",
                '`if id in taken: fate = "again" if int(left or 0) > 0 else "failed"`, otherwise `"never"`; the lists '
                "have bytes in them.",
            ),
        ),
        Question(
            "q4", "what do you store about me?", 1, "privacy", judge_q4,
            (
                "Which two fields of a job's hash contain its call? Which one can you not search as it is, and why?",
                "`zlib.decompress(data)` gives the pickle's bytes: search in them, do not load them. The address as "
                "bytes: `address.encode()`.",
                '`if text in job[b"description"] or text in zlib.decompress(job[b"data"]):`',
            ),
        ),
        Question(
            "q5", "what happened to it?", 3, "detective", judge_q5,
            (
                "`where` and the status tell most. For three places you need a second look: who still lives, what is "
                "due, whom does it wait for?",
                "`rq:wip:…` and `rq:scheduled:…` have times as scores: compare with `redis.time()[0]`. The members of "
                "wip begin with `JOB:`. The parent's status is in `rq:job:PARENT`.",
                '`over = redis.zrangebyscore(f"rq:wip:{queue}", "-inf", now)`: the worker died if one of these members '
                'begins with `f"{job_id}:".encode()`',
            ),
            needs=("q1",),
        ),
    ),
)  # fmt: skip
