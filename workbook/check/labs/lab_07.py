"""Lab 07, run it twice safely: the questions and their hints."""

from __future__ import annotations

from workbook.check.labs.charges_07 import judge_q1, judge_q2
from workbook.check.labs.rows_07 import judge_q3, judge_q4
from workbook.check.labs.trials_07 import judge_q5
from workbook.check.question import Lab, Question

LAB = Lab(
    "07",
    "run it twice safely",
    (
        Question(
            "q1", "a key for the provider", 2, "checkout", judge_q1,
            (
                "What is the same at the first run, at a retry, and in a second job for the same order, and different "
                "for every other order?",
                "`post_charge` has a parameter `key`. Who decides its value: the run, the job, or the order?",
                "`post_charge(order, key=order)`",
            ),
        ),
        Question(
            "q2", "a callback that was never called", 1, "page", judge_q2,
            (
                "Which process would run `on_failure` after the work-horse was killed? And who is still there to "
                "notice the death?",
                "`enqueue` takes `retry=Retry(max=…)`: the worker keeps count, no code of the job is needed.",
                "`queue.enqueue(shop.post_charge, order, key=order, retry=Retry(max=3)).id`, and no callback.",
            ),
        ),
        Question(
            "q3", "one day, once", 2, "streaks", judge_q3,
            (
                "Count the commits. What is in the database when the process dies between the first and the second?",
                "`with database() as db:` commits at the end of its block, and rolls back when it is left before that. "
                "One block can hold two statements, and an `if`.",
                'In one block: `new = db.execute("INSERT OR IGNORE …", …).rowcount == 1`, then `if new:` and, indented '
                "below it, the other statement.",
            ),
        ),
        Question(
            "q4", "place and relay", 2, "orders", judge_q4,
            (
                "The page may die after any statement. Which two rows must appear at the same instant? And which two "
                "steps of the relay can be done twice without harm, in which order?",
                "`place`: two INSERTs in one `with shop.database() as db:`. `relay`: `fetchall()` the ids, and for "
                "each one enqueue `shop.post_charge` with a `key`, and only then DELETE that row and commit.",
                "`queue.enqueue(shop.post_charge, order, key=order, retry=Retry(max=3))`, then "
                "`with db: db.execute(\"DELETE FROM outbox WHERE id = ?\", [order])`",
            ),
        ),
        Question(
            "q5", "write the test", 3, "charge_test", judge_q5,
            (
                "Which faults are there, and what must be true of an order after each of them? Which mistakes can one "
                "order alone never show?",
                "A loop over five faults, each with a fresh order (`uuid4()`), and `assert run(order, fault) == 1`. "
                "Then think of the customer who presses the button twice.",
                "Below the first assert, still in the loop: `assert run(order) == 1`, a second job for the same order.",
            ),
        ),
    ),
)  # fmt: skip
