"""Lab 05, retry with backoff and jitter: the questions and their hints."""

from __future__ import annotations

from workbook.check.labs.payments_05 import judge_q1, judge_q2, judge_q3
from workbook.check.labs.policy_05 import judge_q4, judge_q5
from workbook.check.question import Lab, Question

LAB = Lab(
    "05",
    "retry with backoff and jitter",
    (
        Question(
            "q1", "ask for more attempts", 1, "checkout", judge_q1,
            (
                "Of five attempts, how many are retries, and how many waits lie between them?",
                "`Retry(max=…, interval=[…])`: max counts the retries, the list has one wait for each.",
                "`again = Retry(max=4, interval=[10, …, …, …])`",
            ),
        ),
        Question(
            "q2", "the job that was never seen to fail", 2, "renewal", judge_q2,
            (
                "From what does RQ see that a job has failed? And what does this one do instead?",
                "Catch, print, and let it go on its way: `raise` alone raises again what was caught.",
                "`except Exception as error:`, the line with `print`, then `raise`; no loop, no sleep.",
            ),
        ),
        Question(
            "q3", "Ada has the wrong plan", 1, "plans", judge_q3,
            (
                "A retried job goes to the back of the queue. In which order did the two jobs have their effect?",
                "Read the version that is stored (`redis.hget`) before you write. What does Redis return, and what if "
                "there is none?",
                "`if known is None or version > int(known):` and then write.",
            ),
        ),
        Question(
            "q4", "a policy for renewal day", 3, "billing", judge_q4,
            (
                "When are the dice thrown, for whom? And who can say, after a failed attempt, that it was the last?",
                "`random.randint(1, limit)` for each limit, within `waits`; `Retry(max=…, interval=waits())`; "
                "`on_failure=Callback(function)`, where `job.retries_left = 0` means: no more.",
                "`[random.randint(1, 15 * 4**number) for number in range(4)]`, and in the callback "
                "`if issubclass(kind, ValueError): job.retries_left = 0`",
            ),
        ),
        Question(
            "q5", "test it", 3, "waits_test", judge_q5,
            (
                "What must be true of every list, what only of many lists together?",
                "Draw a thousand lists first. Then look at the first waits of all, the second, …: the shortest, the "
                "longest, and the limit. Are the lists all the same?",
                "`drawn = [waits() for _ in range(1000)]`, and for each limit `assert 1 <= min(lengths)` and "
                "`assert limit / 2 < max(lengths) <= limit`",
            ),
        ),
    ),
)  # fmt: skip
