"""Laid into the box beside an answer to lab 07 as it is: it runs there, never in the judge's process.

A judge asks for many moves in one call: each is a fork of this process, which itself never imports the answer.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import select
import signal
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from inside.calls import describe, find, plain
from inside.lines import Lines, as_line
from inside.watch import watch_fork
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
LOCKED_SECONDS = 0.001
MOST_RUNS, MOST_STEPS = 60, 100
STUCK = ("timeout", "incident")
FAULTS = ("", "503", "kill before booking", "kill after booking", "lose the answer")
os.environ.pop("SHOP_DB", None)  # the reader's own database, where the box was opened after it was named


def make_tables() -> None:
    """An empty database."""
    with sqlite3.connect(DATABASE) as db:
        db.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; {TABLES}")


def rows(table: str) -> list[list[Any]]:
    """What a table of the shop's database holds, as committed."""
    with contextlib.closing(sqlite3.connect(DATABASE)) as db:
        return [list(row) for row in db.execute(f"SELECT * FROM {table}")]


# ---- moves, each in a fork


class Fork:
    """A function that runs in a process of its own, and is killed when the box's patience is at its end.

    It may say that it waits, with `wait`, and is told to go on with `go`. Its end is a dict: `how`, and `value`,
    `raised` or `code`, as an `Exit` has them; `how` may be "incident", when the machine did not let it run.
    """

    mine: Fork | None = None
    """In a fork: itself."""

    def __init__(self, function: Callable[..., Any], *args: Any) -> None:
        self.ear, self.mouth = os.pipe()
        self.gate, self.key = os.pipe()
        self.lines, self.heard = Lines(), deque[Any]()
        self.pid = os.fork()
        if self.pid == 0:
            Fork.mine = self
            os.close(self.key)
            self._say(self._outcome(function, args))
            os._exit(0)
        os.close(self.mouth)
        os.close(self.gate)
        self.watch = watch_fork(self.pid)

    @staticmethod
    def _outcome(function: Callable[..., Any], args: tuple[Any, ...]) -> dict[str, Any]:
        try:
            return {"how": "finished", "value": plain(function(*args))}
        except BaseException as error:
            return {"how": "finished", "raised": describe(error, str(Path.cwd()))}

    def _say(self, line: object) -> None:
        os.write(self.mouth, as_line(line))

    @classmethod
    def works(cls) -> None:
        """In the fork: say that it does not hang."""
        if cls.mine:
            cls.mine._say("works")

    @classmethod
    def wait(cls) -> None:
        """In the fork, once: say that it waits, and wait until it may go on, or nobody is there to say so."""
        if mine := cls.mine:
            cls.mine = None
            mine._say("waits")
            os.read(mine.gate, 1)

    def listen(self) -> Any:
        """What it says next: "waits", or how it ended. Whoever says "works" has as much time again."""
        said = self._heard()
        while said == "works":
            self.watch = watch_fork(self.pid)
            said = self._heard()
        return said

    def _heard(self) -> Any:
        while not self.heard:
            if not select.select([self.ear], [], [], self.watch.due_in())[0]:
                if end := self.watch.tick():
                    how = "timeout" if end in ("waits", "works") else "incident"
                    return self._ended(how) | {"busy": end == "works"}
                continue
            data = os.read(self.ear, 1 << 16)
            if not data:
                return self._ended("died")
            self.heard.extend(self.lines.take_in(data))
        said = self.heard.popleft()
        if isinstance(said, dict):
            self._ended(said["how"])
        return said

    def go(self) -> None:
        """Let it go on, with as much time again."""
        self.watch = watch_fork(self.pid)
        os.write(self.key, b"g")

    def _ended(self, how: str) -> dict[str, Any]:
        if how in STUCK:
            os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        os.close(self.ear)
        os.close(self.key)
        return {"how": how, "code": os.waitstatus_to_exitcode(status)}


def play(*moves: list[Any]) -> list[dict[str, Any]]:
    """Make moves, one after the other, up to the first that hangs; returns how each ended.

    ["tables"]; ["rows", table]; ["run", function, …] whole, its value is its steps; ["each", [function, …], …] whole,
    in one process; ["kill", number, function, …] before that step; ["meanwhile", number, before, [function, …],
    [function, …]]: the first waits before that step, or before the first that begins with `before`, until the second
    has ended. None as an argument is the queue.
    """
    importlib.import_module("shop")  # once, for all forks: it is the lab's, not the answer's
    ends: list[dict[str, Any]] = []
    for kind, *details in moves:
        for end in MOVES[kind](*details):
            ends.append(end)
        if ends[-1]["how"] in STUCK:
            break
    return ends


def move_tables() -> Iterator[dict[str, Any]]:
    """Make the tables."""
    yield Fork(make_tables).listen()


def move_rows(table: str) -> Iterator[dict[str, Any]]:
    """Read a table."""
    yield Fork(rows, table).listen()


def move_run(function: str, *args: Any) -> Iterator[dict[str, Any]]:
    """Call a function whole."""
    yield Fork(run, 0, "", None, function, *args).listen()


def move_each(*calls: list[Any]) -> Iterator[dict[str, Any]]:
    """Call functions whole, in one process."""
    yield Fork(run_each, *calls).listen()


def move_kill(number: int, function: str, *args: Any) -> Iterator[dict[str, Any]]:
    """Call a function, and kill it before a step."""
    yield Fork(run, number, "", lambda: os.kill(os.getpid(), signal.SIGKILL), function, *args).listen()


def move_meanwhile(number: int, before: str, first: list[Any], second: list[Any]) -> Iterator[dict[str, Any]]:
    """Call a function that waits before a step while another is called."""
    waits = Fork(run, number, before, Fork.wait, *first)
    said = waits.listen()
    other = Fork(run_each, second).listen()
    if said == "waits":
        waits.go()
        said = waits.listen()
    yield said
    yield other


MOVES: dict[str, Callable[..., Iterator[dict[str, Any]]]] = {
    "tables": move_tables,
    "rows": move_rows,
    "run": move_run,
    "each": move_each,
    "kill": move_kill,
    "meanwhile": move_meanwhile,
}


# ---- a function that is stopped between two of its steps


def with_queue(args: Any) -> list[Any]:
    """Arguments with the queue in place of None."""
    return [
        Queue("default", connection=Redis.from_url(os.environ["REDIS_URL"])) if each is None else each for each in args
    ]


def run(stop: int, before: str, then: Callable[[], Any] | None, function: str, *args: Any) -> list[str]:
    """Call a function; before its step number `stop` (0: none), and before each step that begins with `before` (""
    none), `then` is called.

    A step is an SQL statement, a job that is pushed to a queue, or the end. Returns the steps.
    """
    steps: list[str] = []

    def step(text: str) -> None:
        if text.startswith("--"):
            return
        if len(steps) < MOST_STEPS:
            steps.append(" ".join(text.split())[:80])
        if then and (len(steps) == stop or (before and text.lstrip().upper().startswith(before))):
            then()

    watch_database(step)
    watch_queue(step)
    find(function)(*with_queue(args))
    step("the end of the function")
    return steps


def run_each(*calls: list[Any]) -> None:
    """Call functions whole, one after the other.

    What the database refuses to one of two at once is passed over: a retry comes later.
    """
    watch_database(lambda _: None)
    for function, *args in calls:
        with contextlib.suppress(sqlite3.OperationalError, sqlite3.IntegrityError):
            find(function)(*with_queue(args))


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

    def register_birth(self) -> None:
        """Nobody looks for it."""

    def register_death(self) -> None:
        """Nobody misses it."""

    def set_state(self, *_: Any, **__: Any) -> None:
        """Nobody asks what it does."""


class Simple(InShort, SimpleWorker):
    """Runs jobs in its own process; for faults that kill nobody."""


class Forking(InShort, Worker):
    """Forks a work-horse for each job."""


class Trial:
    """Runs one job function as the notebook's `trial_of` does, and counts what the provider has booked."""

    def __init__(self, charge: str) -> None:
        self.charge, self.runs = charge, 0
        find(charge)  # once, for all work-horses
        self.provider = importlib.import_module("world").provider
        self.queue = Queue("trial", connection=Redis.from_url(os.environ["REDIS_URL"]))
        self.planned = ""
        self.workers = {kind: kind([self.queue], connection=self.queue.connection) for kind in (Simple, Forking)}

    def run(self, order: Any, fault: str = "") -> int:
        """Enqueue the job for an order, let its first charge meet a fault, work until the queue is empty."""
        self.runs += 1
        Fork.works()
        if self.runs > MOST_RUNS:
            raise RuntimeError(f"run was called more than {MOST_RUNS} times")
        if fault not in FAULTS:
            raise ValueError(f"there is no fault {fault!r}; there are {', '.join(map(repr, FAULTS))}")
        if fault or self.planned:
            self.provider.put("/plan", json=[fault])
        self.planned = fault
        self.queue.enqueue(self.charge, order, retry=Retry(max=3))
        if fault.startswith("kill"):
            self.workers[Forking].work(burst=True, max_jobs=1, logging_level="CRITICAL")
        self.workers[Simple].work(burst=True, logging_level="CRITICAL")
        calls = self.provider.get("/calls").json()
        return sum(call["order"] == str(order) and call["outcome"] == "booked" for call in calls)


def test_each(test: str, *charges: str) -> list[dict[str, Any]]:
    """Run the test on jobs, each in a process of its own, up to the first that hangs; returns how each ended."""
    importlib.import_module("world")  # once, for all forks: what the jobs have in common
    ends: list[dict[str, Any]] = []
    for charge in charges:
        ends.append(Fork(test_once, test, charge).listen())
        if ends[-1]["how"] in STUCK:
            break
    return ends


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
