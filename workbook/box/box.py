"""The seam between a judge and the code of a learner: what a judge may ask for, and the plain data that comes back.

A box holds an answer's files and runs them in processes of its own, on a server of its own. The judge sees exit codes,
text, JSON and the raw bytes in Redis, never an object of the learner's. A slot is where boxes come from, one after the
other: it belongs to the engine, which renews and closes it, and asks it whether what the box stands on was well all the
time. `plain.PlainSlot` is the slot of a notebook.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

from redis import Redis

from workbook.bench.world.payment import Call

How = Literal["finished", "timeout", "died", "memory", "output", "processes", "disk"]


@dataclass(frozen=True)
class Given:
    """An argument that cannot travel as JSON and is made where the answer runs: `kind` of "queue", "redis", "job"
    or "function", with the queue's name, nothing, the job's id, or "module.function"."""

    kind: Literal["queue", "redis", "job", "function"]
    name: str = ""


QUEUE, REDIS = Given("queue", "default"), Given("redis")


@dataclass(frozen=True)
class Raised:
    """An exception that left a call: its type's name, its text, and the lines of the answer that it passed."""

    type: str
    text: str
    lines: str

    def __str__(self) -> str:
        return f"{self.type}: {self.text}" if self.text else self.type


@dataclass(frozen=True)
class Exit:
    """How a process of the answer ended, and what it left.

    `how` is finished, timeout (killed when `Patience` was at its end; `busy` when it had used its processor time rather
    than waited), died (by a signal, or by an exit call of its own: `code`), or what it took more of than `Limits`
    allow: memory, output, processes, disk. `value` is what a call returned, where that is plain data (`type` is its
    type's name in any case) and not `too_long` to travel. `output` is the end of what was printed.
    """

    how: How
    output: str = ""
    value: Any = None
    type: str = "NoneType"
    raised: Raised | None = None
    code: int = 0
    busy: bool = False
    too_long: bool = False


@dataclass(frozen=True)
class Incident:
    """Something that happened to what a box stands on, so that its run says nothing about the answer: `what` is the
    server, the provider, the process that runs answers, the keeper, the machine or the scene; `happened` a sentence's
    rest ("was ended")."""

    what: str
    happened: str

    def __str__(self) -> str:
        return f"{self.what} {self.happened}"

    def as_json(self) -> dict[str, str]:
        """The fields by name."""
        return asdict(self)


class IncidentError(Exception):
    """Raised by a box, or by a scene that did not come about, when a run cannot be judged."""

    def __init__(self, what: str, happened: str) -> None:
        self.incident = Incident(what, happened)
        super().__init__(str(self.incident))


@dataclass(frozen=True)
class Patience:
    """How long a process of an answer may take before it is killed, in seconds of which none is the machine's.

    `waits`: of time in which all was well and the answer could have run, however little it did; `works`: of processor
    time, its own and the server's for it. A judge names neither: it says of how many `portions` a call consists. What
    is lost to a busy, frozen or stopped machine is given back, `gives` seconds at the most; then it is an incident.
    """

    waits: float = 2.0
    works: float = 2.0
    gives: float = 30.0


@dataclass(frozen=True)
class Limits:
    """What an answer may take of the machine, in bytes and in numbers.

    `memory` and `file` are of one process and one file, `processes` and `disk` of all together, `output` of what one
    process prints, `redis` of the server. Within a box of root's, `processes` and `disk` are seen ten times a second.
    """

    memory: int = 1 << 30
    file: int = 8 << 20
    disk: int = 64 << 20
    output: int = 8 << 20
    redis: int = 256 << 20
    processes: int = 64


class Child(Protocol):
    """A process of the answer that was started and runs."""

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        ...

    def wait(self, until: Callable[[], Any] | None = None, portions: int = 1) -> Exit:
        """Wait for its end, or until a condition holds; when the patience is at its end it is killed."""
        ...

    def kill(self) -> None:
        """SIGKILL, and wait until it is dead."""
        ...


class Provider(Protocol):
    """The outside world of the course, a payment provider: its book is evidence that an answer cannot write."""

    def plan(self, *faults: str) -> None:
        """The fault of each of the next charges (see `PaymentProvider.plan`)."""
        ...

    def set(self, down: bool = False) -> None:
        """Answer 503 to every charge without a planned fault, or stop that."""
        ...

    def release(self) -> None:
        """Answer the charges that hang; those whose caller still waits are booked."""
        ...

    @property
    def calls(self) -> list[Call]:
        """Every charge that was asked for."""
        ...

    @property
    def booked(self) -> Counter[str]:
        """How often each order was booked."""
        ...


class Box(Protocol):
    """What a judge may ask for."""

    @property
    def redis(self) -> Redis:
        """The judge's own client: raw bytes, all commands."""
        ...

    @property
    def provider(self) -> Provider:
        """The payment provider; the answer finds its address in the environment, as PAYMENTS."""
        ...

    def put(self, files: Mapping[str, str]) -> None:
        """Lay the answer's files (name with .py → text) where its processes import them."""
        ...

    def enqueue(
        self, function: str, *args: Any, queue: str = "default", job_id: str | None = None, **options: Any
    ) -> str:
        """Enqueue a call by name, as RQ's `Queue.enqueue` does; returns the job's id."""
        ...

    def call(self, function: str, *args: Any, portions: int = 1, **kwargs: Any) -> Exit:
        """Call "module.function" with plain data, or `Given`, in a process of its own and wait for its end."""
        ...

    def start_call(self, function: str, *args: Any, **kwargs: Any) -> Child:
        """Start such a call and leave it running."""
        ...

    def start_worker(
        self, queues: Sequence[str] = ("default",), kind: str = "simple", scheduler: bool = False, burst: bool = True
    ) -> Child:
        """Start a worker and leave it running; `kind` is "simple" (SimpleWorker) or "fork" (Worker)."""
        ...

    def work(
        self, queues: Sequence[str] = ("default",), kind: str = "simple", scheduler: bool = False, portions: int = 1
    ) -> Exit:
        """Run a burst worker to its end."""
        ...

    def kill_server(self) -> None:
        """SIGKILL the server and start it again: what was in its append-only file is there again."""
        ...

    def advance(self, seconds: float, promote: bool = True) -> list[str]:
        """Let time pass at once, but not for workers that live. With `promote`, what is due is then put into its
        queue as a scheduler would; returns those ids."""
        ...

    def freeze(self) -> None:
        """End every process of the answer and lock the answer out of the server: what is read after that is the
        last word."""
        ...


class Slot(Protocol):
    """Where boxes come from, one after the other. It belongs to the engine; judges see its boxes only."""

    def renew(self, seed: int) -> Box:
        """A box as new: no process, key, file or call at the provider of the one before, which is not used again.

        The seed fixes what processes of the answer draw from `random`. IncidentError where none can be had.
        """
        ...

    def incident(self) -> Incident | None:
        """What has happened to the things that the box stands on since it was renewed; None when all was well."""
        ...

    def replace(self) -> None:
        """Throw away all that the next box would stand on: it gets new processes, and a new server."""
        ...

    def close(self) -> None:
        """End everything. May be called twice."""
        ...
