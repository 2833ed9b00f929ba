"""Lab 02, first job: the questions and their hints."""

from __future__ import annotations

from workbook.check.labs.outcome_02 import judge_q4, judge_q5
from workbook.check.labs.sending_02 import judge_q1, judge_q2, judge_q3
from workbook.check.question import Lab, Question

LAB = Lab(
    "02",
    "first job",
    (
        Question(
            "q1", "order an export", 2, "ordering", judge_q1,
            (
                "What are the function, its argument and its keyword? And which number of seconds is a day?",
                "`queue.enqueue(function, argument, keyword=…, result_ttl=…)`: no brackets after the function.",
                '`job = queue.enqueue(exports.make, user, form="csv", result_ttl=…)`',
            ),
        ),
        Question(
            "q2", "the digest that no worker can find", 2, "digest", judge_q2,
            (
                "Under which name would a worker look for `send_digest`? Is it there after `import digest`?",
                "Move the function to the top level of the module. What did it take from around itself? Let that "
                "become arguments.",
                "`queue.enqueue(send_digest, user, week)`, where `def send_digest(user, week):` begins at the margin.",
            ),
        ),
        Question(
            "q3", "will it ever be empty?", 1, "load", judge_q3,
            (
                "How many seconds of work arrive in one second? How many can be done in one second?",
                "Compare `arrivals * seconds` with `workers`.",
                '`if arrivals * seconds > workers: return "grows"`, and likewise for less and for equal.',
            ),
        ),
        Question(
            "q4", "what became of it?", 3, "progress_of", judge_q4,
            (
                "What tells *not yet* from *failed* from *returned None*? And what does it do when the job is gone?",
                "`job.get_status()` asks Redis; for a job that is gone it raises `rq.exceptions.InvalidJobOperation`.",
                '`try: status = job.get_status()`, `except InvalidJobOperation: return "expired"`; then '
                '`{"finished": "done", "failed": "failed"}.get(status, "waiting")`',
            ),
        ),
        Question(
            "q5", "five users without a mail", 2, "support", judge_q5,
            (
                "Which of the five have failed, and which are waiting? What do you know of each group?",
                "For a failed job, the last line of `job.latest_result().exc_string` is the error. `job.origin` is the "
                "name of the job's queue, `job.func_name` that of its function, with the module.",
                'With "Invalid attribute name" it is a name. It is the arguments if '
                '`error.startswith(f"TypeError: {function}() ")`, with `function = job.func_name.split(".")[-1]`.',
            ),
        ),
    ),
)  # fmt: skip
