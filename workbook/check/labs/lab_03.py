"""Lab 03, enqueue well: the questions and their hints."""

from __future__ import annotations

from workbook.check.labs.identity_03 import judge_q4, judge_q5
from workbook.check.labs.message_03 import judge_q1, judge_q2, judge_q3
from workbook.check.question import Lab, Question

LAB = Lab(
    "03",
    "enqueue well",
    (
        Question(
            "q1", "the older goal wins", 1, "goals", judge_q1,
            (
                "A job comes late, with version 4, and the row has version 5. Which rows may the UPDATE change?",
                "One more condition for WHERE: the version in the row, `version`, against that of the job, `:version`.",
                '`sql += " AND version < …"`, with a space before AND.',
            ),
        ),
        Question(
            "q2", "the old address", 3, "reminding", judge_q2,
            (
                "What of the user must be in the message? What can be read when the job runs? And where else does the "
                "address stand?",
                "Enqueue `user.id`, and let `remind` call `database.get_user`. Then look at `meta`, at what is "
                "printed, and at what is returned.",
                "`queue.enqueue(remind, user.id)`, and in `remind(user_id)`: `user = database.get_user(user_id)`",
            ),
        ),
        Question(
            "q3", "the page after the tick", 1, "ticking", judge_q3,
            (
                "Which of the two does the page show? Which of the two can be slow?",
                "One is called here and its value returned; the other one is enqueued.",
                "`queue.enqueue(habits.well_done, user_id)`, and `return habits.streak(days)`",
            ),
        ),
        Question(
            "q4", "click, click", 3, "clicking", judge_q4,
            (
                "When are two clicks the same reminder? How long must Redis remember that, and what if the job failed?",
                "`job_id=` of user and day, with `unique=True` and a long `result_ttl`; `DuplicateJobError` says that "
                "it is there: `queue.fetch_job(id)`, and `job.requeue()` if `job.is_failed`.",
                '`id = f"remind-{user_id}-{day}"`; `try: queue.enqueue(…, job_id=id, unique=True, result_ttl=90_000)`, '
                "`except DuplicateJobError:` the failed one is requeued; `return id`",
            ),
        ),
        Question(
            "q5", "good morning, everybody", 2, "morning", judge_q5,
            (
                "How often does a loop with `enqueue` wait for Redis? What takes a whole list of calls?",
                "`queue.enqueue_many([…])` takes what `Queue.prepare_data(function, [arguments], ttl=…)` makes, and "
                "returns the jobs.",
                "`Queue.prepare_data(habits.remind, [user_id, day], ttl=3600) for user_id in user_ids`",
            ),
        ),
    ),
)  # fmt: skip
