"""The judges of lab 02, q4 and q5: what became of a job, and why it did not do what it should."""

from __future__ import annotations

from random import Random

from rq import Retry

from workbook.box.box import Box
from workbook.check.evidence import ran, read_job
from workbook.check.outcome import Finding, Outcome, expect, right
from workbook.check.words import said
from workbook.labs.lab_02.stage import answers_to, keep

# ---- q4

NOT_BY_VALUE = (
    "`return_value()` is None before the end, after a failure, and when the function returned None: the value alone "
    "tells nothing. The status does."
)

PAGE = (
    "A page that waits for a job waits for a worker, and for all jobs before it. Say what is known now: `get_status()` "
    "answers at once, `latest_result(timeout=…)` and a loop wait."
)
AGAIN = "failed and was put into the queue again"


def judge_q4(box: Box, rng: Random) -> Outcome:
    """Jobs in every state, each asked about through the object that its producer holds since it enqueued it."""
    number = rng.randrange(10**6)
    made = {
        "returned a text": box.enqueue("scene.give", f"text {number}"),
        "raised": box.enqueue("scene.fail", f"error {number}"),
        "waits for its retry": box.enqueue("scene.fail", "once", retry=Retry(max=1, interval=900)),
        "returned None": box.enqueue("scene.nothing"),
        "returned 0": box.enqueue("scene.give", 0),
        "returned an empty list": box.enqueue("scene.give", []),
        "ended 600 seconds ago": box.enqueue("scene.give", number, queue="early"),
        "had `result_ttl=0`": box.enqueue("scene.give", number, result_ttl=0),
        AGAIN: box.enqueue("scene.fail", f"error {number}", queue="again"),
    }
    keep(box, *made.values())
    made["is waiting"] = box.enqueue("scene.give", 1, queue="nobody")
    made["is running"] = box.enqueue("scene.block", "go on", queue="slow")
    keep(box, made["is waiting"], made["is running"])
    ran(box.work(["early", "again"]), "a worker")
    box.advance(600)
    ran(box.work(), "a worker")
    # In the box: RQ unpickles what it fetches, and whatever an answer has stored would run here.
    ran(box.call("scene.put_back", made[AGAIN]), "a job is put back")
    running = box.start_worker(["slow"])
    running.wait(until=lambda: read_job(box.redis, made["is running"]).status == "started")
    names = list(made)
    rng.shuffle(names)
    answers = answers_to(box, "ask", "progress_of.outcome", [[made[name]] for name in names], "`outcome(job)`", PAGE)
    running.kill()
    judge_outcomes(dict(zip(names, answers, strict=True)))
    return right(
        3, "jobs that wait, run, wait for a retry, failed, were put back, returned None or 0, and two that are gone"
    )


def judge_outcomes(found: dict[str, dict[str, object]]) -> None:
    """End the judgement at the first job that is named wrongly, in the order of what they teach."""
    running = "It has not ended. Who reads anything else here will enqueue it a second time."
    retried = "An attempt failed and the job will run again: it has not ended yet. Ask the status, not the past."
    falsy = NOT_BY_VALUE + " And 0 or [] are values, too: `if value` takes them for nothing."
    gone = (
        "Its time was up and the whole job is gone: `get_status()` raises InvalidJobOperation, `Job.fetch` and "
        "`refresh` raise NoSuchJobError. That is no failure of the job, and the page that asks must not break."
    )
    stale = (
        "A Job object shows what it was when it was read; `get_status()` asks Redis. What it gives is equal to "
        '`"finished"`, and its `str()` is not: that is `JobStatus.FINISHED`.'
    )
    back = "Somebody put it back (`rq requeue`). Its latest result is the old failure; its status is the news."
    for name, expected, lesson, points in (
        ("is waiting", "waiting", running, 0),
        ("returned a text", "done", stale, 0),
        ("raised", "failed", NOT_BY_VALUE, 0),
        ("is running", "waiting", running, 1),
        ("waits for its retry", "waiting", retried, 1),
        (AGAIN, "waiting", back, 1),
        ("returned None", "done", NOT_BY_VALUE, 1),
        ("returned 0", "done", falsy, 1),
        ("returned an empty list", "done", falsy, 1),
        ("ended 600 seconds ago", "expired", gone, 2),
        ("had `result_ttl=0`", "expired", gone, 2),
    ):
        one = found[name]
        expect(
            one.get("value") == expected and not one.get("raised"),
            Finding(
                tried=f"`outcome(job)` of a job that {name}",
                got=said(one),
                expected=repr(expected),
                lesson=lesson,
            ),
            points=points,
        )


# ---- q5

SIGNUP = """
def welcome(name, language="en"):
    return f"{language}: welcome, {name}"

def invite(name):
    raise ValueError(f"no address for {name}")

def count(name):
    return "points: " + len(name)

def greet(name):
    return welcome()

def look_up(name):
    return {}[name]
"""


def judge_q5(box: Box, rng: Random) -> Outcome:
    """Jobs with one trouble each; the function's own errors include a ValueError and two TypeErrors."""
    box.put({"signup.py": SIGNUP})
    mail = f"mail{rng.randrange(10**4)}"
    spare = f"{mail}-{rng.randrange(10**4)}"
    waits, lost = (box.enqueue("signup.welcome", "Ada", queue=name) for name in ("busy", spare))
    failing = [
        ("name", "a mistyped function", box.enqueue("signup.wellcome", "Ada", queue=mail)),
        ("name", "a mistyped module", box.enqueue("sign_up.welcome", "Ada", queue=mail)),
        ("arguments", "an argument too few", box.enqueue("signup.welcome", queue=mail)),
        ("arguments", "an argument too many", box.enqueue("signup.invite", "Ada", "en", queue=mail)),
        ("arguments", "an unknown keyword", box.enqueue("signup.welcome", "Ada", kwargs={"lang": "de"}, queue=mail)),
        ("function", "a ValueError in the function", box.enqueue("signup.invite", "Ada", queue=mail)),
        ("function", "a TypeError in the function", box.enqueue("signup.count", "Ada", queue=mail)),
        ("function", "a call inside the function that does not fit", box.enqueue("signup.greet", "Ada", queue=mail)),
        ("function", "a KeyError in the function", box.enqueue("signup.look_up", "Ada", queue=mail)),
    ]
    listening = [mail, "busy"]
    rng.shuffle(listening)
    keep(box, waits, lost, *(id for _, _, id in failing))
    ran(box.work([mail]), "a worker")
    cases = [
        ("queue", "a job in a queue that no worker listens to", lost),
        ("patience", "a job that waits in a queue with a worker", waits),
        *failing,
    ]
    given = [[id, listening] for _, _, id in cases]
    for (expected, name, _), one in zip(
        cases, answers_to(box, "ask", "support.why", given, "`why(job, …)`"), strict=True
    ):
        old = f" {NOT_WAITING}" if expected not in WAITING and one.get("value") in WAITING else ""
        expect(
            one.get("value") == expected and not one.get("raised"),
            Finding(
                tried=f"`why(job, listening)`: {name}",
                got=said(one),
                expected=repr(expected),
                lesson=WHO_MENDS[expected] + old,
            ),
            points=1 if expected in ("arguments", "function") and not old else 0,
        )
    return right(2, "eleven jobs: two that wait, nine that failed for three reasons")


WAITING = ("queue", "patience")
NOT_WAITING = "This job has failed: ask Redis for its status, the object shows what it was when it was enqueued."
WHO_MENDS = {
    "queue": "It waits for ever and raises nothing: compare `job.origin`, the queue's name, with those listened to.",
    "patience": "It waits its turn. Whoever restarts or enqueues again here makes things worse.",
    "name": "The worker could not import what the name says, a function or a module: `Invalid attribute name`. "
    "Whoever enqueued has to mend it.",
    "arguments": "The function is there, and was never entered: the call does not fit its parameters. Then the error "
    "is a TypeError that begins with the job's own function, `welcome() …`, and says what is wrong with its arguments.",
    "function": "The function was entered, and raised this itself: a TypeError or ValueError of its own is not one of "
    "the call. Look at the text, not only at the type: an error of the call begins with the job's own function, "
    "`TypeError: welcome() …`; `job.func_name` has that name.",
}
