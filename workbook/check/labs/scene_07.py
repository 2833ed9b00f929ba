"""Laid into the box beside an answer to lab 07, as `scene.py`: it runs there, never in the judge's process."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import sqlite3
from collections.abc import Callable
from typing import Any

from redis import Redis
from redis.connection import AbstractConnection
from rq import Queue, Retry, SimpleWorker, Worker

TABLES = """
CREATE TABLE credited (user, day, UNIQUE (user, day));
CREATE TABLE streaks (user UNIQUE, days);
CREATE TABLE orders (id UNIQUE);
CREATE TABLE outbox (id UNIQUE);
"""
DATABASE = "shop.db"
LOCKED_SECONDS = 0.01
PAUSE_SECONDS = 3
MOST_RUNS = 60
FAULTS = ("", "503", "kill before booking", "kill after booking", "lose the answer")


def make_tables() -> None:
    """An empty database."""
    with sqlite3.connect(DATABASE) as db:
        db.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; {TABLES}")


def rows(table: str) -> list[list[Any]]:
    """What a table of the shop's database holds, as committed."""
    with sqlite3.connect(DATABASE) as db:
        return [list(row) for row in db.execute(f"SELECT * FROM {table}")]


def find(function: str) -> Callable[..., Any]:
    """The function "module.function"."""
    module, _, name = function.rpartition(".")
    return getattr(importlib.import_module(module), name)


# ---- a function that is stopped between two of its steps


def run(stop: int, before: str, how: str, function: str, *args: Any) -> list[str]:
    """Call a function. Before its step number `stop` (0: none), or before the first step that begins with `before`
    ("": none), it is killed, or waits until `go` is pushed (`how`: kill or wait).

    A step is an SQL statement, a job that is pushed to a queue, or the end. Returns the steps.
    """
    steps: list[str] = []
    redis = Redis.from_url(os.environ["REDIS_URL"])

    def step(text: str) -> None:
        if text.startswith("--"):
            return
        steps.append(" ".join(text.split())[:80])
        if len(steps) != stop and not (before and text.lstrip().upper().startswith(before)):
            return
        if how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if not redis.set("scene:waits", 1, nx=True):
            return
        redis.blpop(["scene:go"], timeout=PAUSE_SECONDS)

    watch_database(step)
    watch_queue(step)
    find(function)(*args)
    step("the end of the function")
    return steps


def run_each(queue: Queue, *calls: list[Any]) -> None:
    """Call functions whole, one after the other, with the queue in place of None.

    What the database refuses to one of two at once is passed over: a retry comes later.
    """
    watch_database(lambda _: None)
    for function, *args in calls:
        with contextlib.suppress(sqlite3.OperationalError, sqlite3.IntegrityError):
            find(function)(*[queue if each is None else each for each in args])


def watch_database(step: Callable[[str], None]) -> None:
    """Tell of each SQL statement before it runs; nobody waits long for a lock."""
    connect = sqlite3.connect

    def watched(database: Any, *_: Any, **options: Any) -> sqlite3.Connection:
        db = connect(database, **{**options, "timeout": LOCKED_SECONDS})
        db.set_trace_callback(step)
        return db

    sqlite3.connect = sqlite3.dbapi2.connect = watched  # type: ignore[assignment]


def watch_queue(step: Callable[[str], None]) -> None:
    """Tell of each message that pushes a job to a queue before it is sent."""
    send = AbstractConnection.send_packed_command

    def watched(self: AbstractConnection, command: Any, *args: Any, **options: Any) -> Any:
        sent = command if isinstance(command, bytes) else b"".join(command)
        if b"rq:queue:" in sent and (b"PUSH\r\n" in sent or b"EVAL" in sent):  # EVAL: with `unique=True`
            step("(the job is enqueued)")
        return send(self, command, *args, **options)

    AbstractConnection.send_packed_command = watched  # type: ignore[method-assign]


# ---- a test of the learner's, on one job


class InShort:
    """A worker that leaves out what a single burst does not need: half of its talk with Redis."""

    def subscribe(self) -> None:
        """Listen to nobody."""

    def unsubscribe(self) -> None:
        """Nothing to end."""

    def run_maintenance_tasks(self) -> None:
        """Nobody else has left anything."""

    def check_for_suspension(self, burst: bool) -> None:
        """Nobody suspends it."""

    def heartbeat(self, *_: Any, **__: Any) -> None:
        """It is over sooner than anybody asks."""


class Simple(InShort, SimpleWorker):
    """Runs jobs in its own process; for faults that kill nobody."""


class Forking(InShort, Worker):
    """Forks a work-horse for each job."""


class Trial:
    """Runs one job function as the notebook's `trial_of` does, and counts what the provider has booked."""

    def __init__(self, charge: str) -> None:
        import httpx

        self.charge, self.runs = charge, 0
        find(charge)  # once, for all work-horses
        way = httpx.HTTPTransport(uds=os.environ["PAYMENTS"])
        self.provider = httpx.Client(transport=way, base_url="http://payments", timeout=10)
        self.queue = Queue("trial", connection=Redis.from_url(os.environ["REDIS_URL"]))

    def run(self, order: Any, fault: str = "") -> int:
        """Enqueue the job for an order, let its first charge meet a fault, work until the queue is empty."""
        self.runs += 1
        if self.runs > MOST_RUNS:
            raise RuntimeError(f"run was called more than {MOST_RUNS} times")
        if fault not in FAULTS:
            raise ValueError(f"there is no fault {fault!r}; there are {', '.join(map(repr, FAULTS))}")
        self.provider.put("/plan", json=[fault])
        self.queue.enqueue(self.charge, order, retry=Retry(max=3))
        kind = Forking if fault.startswith("kill") else Simple
        kind([self.queue], connection=self.queue.connection).work(burst=True, logging_level="CRITICAL")
        calls = self.provider.get("/calls").json()
        return sum(call["order"] == str(order) and call["outcome"] == "booked" for call in calls)


def test_once(test: str, charge: str) -> dict[str, Any]:
    """Run the test on one job, at a provider and on a server that are as new."""
    trial = Trial(charge)
    trial.provider.put("/clear")
    trial.queue.connection.delete(*trial.queue.connection.keys("*") or ["none"])
    returned, raised, text = None, "", ""
    try:
        returned = find(test)(trial.run)
    except BaseException as error:
        raised, text = type(error).__name__, str(error)[:200]
    return {"raised": raised, "text": text, "returned": json.dumps(returned, default=repr)[:60], "runs": trial.runs}
