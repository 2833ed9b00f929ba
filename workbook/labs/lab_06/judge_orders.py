"""Judges of lab 06 about single orders: how often one may run, who hears of its end, and who asked twice."""

from __future__ import annotations

from random import Random
from typing import Any

from rq import Callback, Retry

from workbook import rq_keys
from workbook.box.box import QUEUE, Box, Child, Exit
from workbook.check.evidence import ran, texts
from workbook.check.outcome import Finding, Outcome, expect, right
from workbook.labs.lab_06.stage import CHARGE, LATER, Stage
from workbook.raw import raw

DONE = ("finished", "failed")
HELD_MS = 600_000  # at the most: it is ended as soon as both wait


def judge_q1(box: Box, rng: Random) -> Outcome:
    """A job comes back after its worker's death, and runs three times at most."""
    scene = Stage(box, rng)
    tried = "`accept(queue, order)`, then workers; each run of the order kills its worker, or the provider answers 503"
    hopeless = scene.name()
    exit = box.call("checkout.accept", QUEUE, hopeless)
    expect(
        not (exit.raised and "has no attribute 'max'" in exit.raised.text),
        Finding(
            tried="`accept(queue, order)`",
            got=raised(exit),
            expected="an order that RQ may run again",
            lesson="`enqueue` takes a `Retry` for its `retry`, and looks for that object's `max`.",
        ),
    )
    id = ran(exit, "`accept(queue, order)`").value
    expect(
        scene.status(str(id)) == "queued",
        Finding(
            tried="`accept(queue, order)`",
            got=f"it returned {id!r}" if id is not None else f"it returned a {exit.type}",
            expected="the id of a job in the queue, as text",
            lesson="Whoever enqueues wants to be able to ask for the job later.",
        ),
    )
    run_to_the_end(scene, str(id), rng.sample([scene.dies(), scene.dies(), "503"], 3) + [scene.dies()] * 4)
    calls = scene.calls()[hopeless]
    expect(
        calls != 1,
        Finding(
            tried=tried,
            got="the order ran once, and was failed when a clean-up found its worker dead",
            expected="it comes back, and runs three times in all",
            lesson="Without `Retry` RQ is at most once: what a crash interrupts is never run again by itself.",
        ),
    )
    expect(
        calls == 3,
        Finding(
            tried=tried,
            got=f"the order ran {calls} times",
            expected="three times in all",
            lesson=(
                "`max` counts the retries, and the first run comes before them. A job that kills each worker it meets "
                "(it eats memory, say) must come to an end."
            ),
        ),
    )
    lucky = scene.name()
    id = ran(box.call("checkout.accept", QUEUE, lucky), "`accept(queue, order)`").value
    run_to_the_end(scene, str(id), [scene.dies()])
    expect(
        scene.status(str(id)) == "finished" and scene.calls()[lucky] == 2,
        Finding(
            tried="`accept(queue, order)`; the worker dies once",
            got=f"{scene.status(str(id))} after {scene.calls()[lucky]} runs",
            expected="finished, in the second run",
            lesson="One crash should cost one more run, and no more.",
        ),
    )
    return right(1, "`accept(queue, order)`: one worker's death, and a job that kills each worker or meets a 503")


def raised(exit: Exit) -> str:
    """The exception that left a call, and the lines of the answer that it passed."""
    return f"{exit.raised}\n{exit.raised.lines}".rstrip() if exit.raised else ""


def run_to_the_end(scene: Stage, id: str, faults: list[str]) -> None:
    """Let one worker after another run until a job has ended, ten minutes apart."""
    scene.box.provider.plan(*faults)
    for _ in range(8):
        scene.box.work(portions=3)
        if scene.status(id) in DONE:
            return
        scene.box.advance(LATER)


ALARMS = "alarms"
EACH_MINUTE = "`sweep(queue)`, as cron does each minute"


def judge_q2(box: Box, rng: Random) -> Outcome:
    """Each order that has failed for good has one alarm, whoever was there to raise it."""
    scene = Stage(box, rng)
    notify: dict[str, Any] = {"on_failure": Callback("alarm.tell_us")}

    def alarms(*orders: str) -> list[int]:
        listed = texts(box.redis.lrange(ALARMS, 0, -1))
        return [listed.count(order) for order in orders]

    refused, last_try, in_memory = (scene.name() for _ in range(3))
    abandoned = scene.order(**notify)
    scene.worker_dies(scene.dies())
    comes_back = scene.order(retry=Retry(max=1), **notify)
    scene.worker_dies(scene.dies())
    box.advance(LATER)
    box.provider.plan()
    cleaner = ran(box.work(kind="fork", portions=3), "a worker that cleans up after a crash")  # and runs `comes_back`
    for order, retries in ((refused, 0), (last_try, rng.randrange(1, 3)), (in_memory, 0)):
        retry: dict[str, Any] = {"retry": Retry(max=retries)} if retries else {}
        box.enqueue(CHARGE, order, job_id=order, **retry, **notify)
    box.provider.plan("503", "503", "kill before booking", "503", "503")  # the retries come last
    worker = ran(box.work(kind="fork", portions=3), "a worker on orders with `on_failure=tell_us`")
    crash = crashed_callback(worker.output)
    kind = raw(box.redis.type(ALARMS)).decode()
    expect(
        kind in ("none", "list"),
        Finding(
            tried="orders with `on_failure=tell_us`",
            got=f"`alarms` is a {kind}",
            expected="a list",
            lesson="The phone reads a list; whoever changes the type of a key breaks its readers.",
        ),
    )
    expect(
        alarms(comes_back) == [0] and alarms(last_try) < [2],
        Finding(
            tried="orders with `on_failure=tell_us` and retries left",
            got=(
                f"alarms: {alarms(comes_back)[0]} for one that was paid in its second run, "
                f"{alarms(last_try)[0]} for one that "
                "failed in each"
            ),
            expected="no alarm for the first, one for the second",
            lesson="`on_failure` is called after every failed attempt. Whoever is woken for what heals itself "
            "stops listening.",
        ),
    )
    expect(
        alarms(refused, last_try) == [1, 1],
        Finding(
            tried="orders that fail for good: one without `Retry`, one at its last attempt",
            got=f"alarms: {alarms(refused)[0]} for the first, {alarms(last_try)[0]} for the second{crash}",
            expected="one alarm each",
            lesson=(
                "`retries_left` is None for a job without `Retry`, and 0 at the last attempt: either way nobody tries "
                "again. The status does not tell: RQ calls `tell_us` before it writes *failed*."
            ),
        ),
    )
    expect(
        alarms(abandoned) == [1],
        Finding(
            tried="an order without `Retry` whose worker died; a clean-up fails it ten minutes later",
            got=f"alarms: {alarms(abandoned)[0]}{crashed_callback(cleaner.output)}",
            expected="one alarm",
            lesson=(
                "The worker that cleans up calls `tell_us` with an AbandonedJobError, and None for the traceback: the "
                "code that failed is gone. An exception in `tell_us` is only logged there, so the alarm is lost."
            ),
        ),
    )
    return judge_sweep(scene, [abandoned, refused, last_try, in_memory])


def judge_sweep(scene: Stage, failed: list[str]) -> Outcome:
    """The alarms that nobody could raise, found each minute; each once."""
    box, repaired = scene.box, scene.name()
    box.redis.rpush(ALARMS, repaired)
    for _ in range(2):
        ran(box.call("alarm.sweep", QUEUE), EACH_MINUTE)
    listed = texts(box.redis.lrange(ALARMS, 0, -1))
    counts = [listed.count(order) for order in failed]
    expect(
        counts[-1] > 0,
        Finding(
            tried=f"an order whose work-horse was killed, then {EACH_MINUTE}",
            got="no alarm for it",
            expected="one alarm",
            lesson="Nobody is left in the work-horse to call `on_failure`: only the failed registry tells.",
        ),
        points=1,
    )
    expect(
        set(counts) == {1},
        Finding(
            tried=f"{EACH_MINUTE}, twice",
            got=f"alarms: {counts[-1]} for the order that was killed, {max(counts[:-1])} for one that had its "
            "alarm already",
            expected="one alarm for each order that has failed for good",
            lesson=(
                "An alarm that is repeated each minute is switched off. If `sweep` does look into the list: Redis "
                "returns bytes, and the text 'ada' is never equal to b'ada'."
            ),
        ),
        points=1,
    )
    expect(
        repaired in listed,
        Finding(
            tried=f"{EACH_MINUTE}; one alarm was there for an order that somebody has put back since",
            got="that alarm is gone",
            expected="it stays",
            lesson=(
                "A sweep adds, and deletes nothing: who empties the list and fills it again takes away alarms that "
                "nobody has read yet."
            ),
        ),
        points=1,
    )
    strangers = sorted(set(listed) - {repaired, *failed})
    expect(
        not strangers,
        Finding(
            tried=EACH_MINUTE,
            got=f"an alarm {strangers[:1]}",
            expected="the ids of the failed orders, nothing else",
            lesson="The phone of the one on call shows what is in this list.",
        ),
        points=1,
    )
    expect(
        {scene.status(id) for id in failed} == {"failed"},
        Finding(
            tried=EACH_MINUTE,
            got="a failed order is not failed any more",
            expected="all stay as they are",
            lesson="To raise an alarm is not to act: somebody has to look first.",
        ),
        points=1,
    )
    return right(2, "`tell_us` for orders that fail, come back, or lose their worker; then `sweep(queue)`, twice")


def crashed_callback(output: str) -> str:
    """The last line of a traceback that a worker has logged, as "; the worker's log says: …", or nothing."""
    lines = [line for line in output.splitlines() if "Error" in line and not line.startswith((" ", "Traceback"))]
    found = [line for line in lines if "HTTPStatusError" not in line and "AbandonedJobError, at" not in line]
    return f"; the worker's log says: {found[-1][-200:]}" if found else ""


def judge_q4(box: Box, rng: Random) -> Outcome:
    """A request that is repeated enqueues nothing, also when both come in the same moment."""
    scene = Stage(box, rng)
    order, other = scene.name(), scene.name()
    tried = "`receive(queue, order)` for a new order, then for the same order once more"
    exits = [box.call("intake.receive", QUEUE, order) for _ in range(2)]
    refusal = exits[1].raised
    expect(
        exits[0].raised or not (refusal and refusal.type == "DuplicateJobError"),
        Finding(
            tried=tried,
            got=raised(exits[1]),
            expected="True, then False",
            lesson=(
                "With `unique=True` RQ raises this error when the order has a job already. It is the answer that you "
                "want: catch it, and return False."
            ),
        ),
    )
    answers = [ran(exit, tried).value for exit in exits]
    queued = texts(box.redis.lrange(rq_keys.queue("default"), 0, -1))
    expect(
        queued,
        Finding(
            tried=tried,
            got=f"nothing is in the queue; it returned {answers}",
            expected="one job in the queue",
            lesson=(
                "Was an exception caught that means something else? Catch `DuplicateJobError` only: `unique=True` "
                "without a `job_id`, say, is a ValueError."
            ),
        ),
    )
    expect(
        len(queued) == 1,
        Finding(
            tried=tried,
            got=f"{len(queued)} entries in the queue",
            expected="one",
            lesson="The same `job_id` alone does not help: the id is in the list twice, and the job runs twice.",
        ),
    )
    expect(
        answers == [True, False],
        Finding(
            tried=tried,
            got=f"{answers}",
            expected="[True, False]",
            lesson="The client must hear which one counted.",
        ),
    )
    ran(box.work(portions=3), "a worker on this order")
    expect(
        scene.calls()[order] > 0,
        Finding(
            tried="`receive(queue, order)`, then a worker",
            got=f"the job is {scene.status(queued[0])}; the provider was not asked",
            expected="one charge of this order",
            lesson="The job is `shop.charge`, and it needs the order as its argument: an id is no argument.",
        ),
    )
    late = ran(box.call("intake.receive", QUEUE, order), "`receive` when the order is charged already").value
    ran(box.work(portions=3), "a worker on this order")
    expect(
        late is False and scene.calls()[order] == 1,
        Finding(
            tried="`receive(queue, order)` again, when the order is charged",
            got=f"it returned {late!r}; the provider was asked {scene.calls()[order]} times",
            expected="False, and once",
            lesson="A job that runs or is finished is in the queue's list no longer: the list cannot tell what is new.",
        ),
    )
    answers = at_once(box, other)
    ran(box.work(portions=3), "a worker on this order")
    expect(
        sorted(map(bool, answers)) == [False, True] and scene.calls()[other] == 1,
        Finding(
            tried="`receive(queue, order)` in two processes in the same moment, for one order",
            got=f"{answers}; the provider was asked {scene.calls()[other]} times",
            expected="one True, one False, and once",
            lesson="Both looked before either of them wrote. To look and to write must be one step, in Redis: "
            "`unique=True`.",
        ),
    )
    return right(1, "`receive(queue, order)`: twice in a row, after the charge, and twice in the same moment")


def at_once(box: Box, order: str) -> list[object]:
    """Two calls whose reads are answered, and whose writes wait for each other: Redis holds all writes meanwhile."""
    box.redis.execute_command("CLIENT", "PAUSE", HELD_MS, "WRITE")
    try:
        children: list[Child] = [box.start_call("intake.receive", QUEUE, order) for _ in range(2)]
        children[0].wait(until=lambda: waiting(box) == 2 or any(child.ended for child in children))
    finally:
        box.redis.execute_command("CLIENT", "UNPAUSE")
    return [ran(child.wait(), "`receive` in two processes in the same moment").value for child in children]


def waiting(box: Box) -> int:
    """How many clients of the answer wait with a write."""
    return sum(1 for client in box.redis.client_list() if client["user"] == "default" and "b" in client["flags"])
