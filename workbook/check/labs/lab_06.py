"""Lab 06, rescue after a crash: the questions and their hints."""

from __future__ import annotations

from workbook.check.labs.orders_06 import judge_q1, judge_q2, judge_q4
from workbook.check.labs.rescue_06 import judge_q3, judge_q5
from workbook.check.question import Lab, Question

LAB = Lab(
    "06",
    "rescue after a crash",
    (
        Question(
            "q1", "three runs, and no more", 1, "checkout", judge_q1,
            (
                "What does RQ do with an interrupted job by default, and what must be said beforehand to change that?",
                "`Retry(max=…)`: the number of *retries*. How many are there in three runs?",
                "`again = Retry(max=2)`",
            ),
        ),
        Question(
            "q2", "an alarm for each, and one only", 2, "alarm", judge_q2,
            (
                "When is `on_failure` called, and with what? Think of three ends: an exception with retries left, a "
                "worker's death that a clean-up finds, a work-horse's death.",
                "`job.retries_left` is a number above 0 when RQ will try again. After a worker's death the traceback "
                "is None. In `sweep`, `redis.lpos(key, value)` is None when the list does not have the value.",
                "`if not job.retries_left:` and then push, nothing else; in `sweep`: "
                '`if redis.lpos("alarms", job_id) is None:`',
            ),
        ),
        Question(
            "q3", "put back what the dead have left", 4, "rescuer", judge_q3,
            (
                "Who may say that a worker is dead? There are two places where its jobs can be, with one clock each.",
                "Ask for the ids whose lease is over *before* you call `cleanup()`: afterwards nobody knows them. Then "
                "see which of them are among the failed ones. The intermediate list comes after that.",
                "`dead = queue.started_job_registry.get_expired_job_ids()`, `queue.started_job_registry.cleanup()`, "
                "then `queue.failed_job_registry.requeue(id)` for those of `dead` that are in "
                "`queue.failed_job_registry.get_job_ids()`; for the list: "
                "`if taken.should_be_cleaned_up(id):` `queue.push_job_id(id)`, then `taken.remove(id)`.",
            ),
        ),
        Question(
            "q4", "everybody pressed the button again", 1, "intake", judge_q4,
            (
                "What makes two requests the same order? And what happens between looking and writing?",
                "`queue.enqueue(…, job_id=order, unique=True)` raises `DuplicateJobError` (from rq.exceptions) when a "
                "job of this id exists.",
                "`try:` with the line above and `return True`, then `except DuplicateJobError:` and `return False`",
            ),
        ),
        Question(
            "q5", "what will be true in the morning?", 2, "night", judge_q5,
            (
                "For each order ask three things: who lives, who will notice, is a retry left?",
                "The table at the end of chapter 06 has a row for each of them. A retry helps only where somebody "
                "notices.",
                "In the book: what was called at 02:10, and one more call for each run after that. Two orders are in "
                "it twice, two never, four once.",
            ),
        ),
    ),
)  # fmt: skip
