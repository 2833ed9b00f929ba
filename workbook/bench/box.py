"""The seam between a judge and the code of a learner: what a judge may ask for, and the plain data that comes back.

A box holds an answer's files and runs them in processes of its own, on a server of its own. The judge sees exit codes,
text, JSON and the raw bytes in Redis, never an object of the learner's. `plain_box.PlainBox` is the box of a notebook.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from redis import Redis

from workbook.bench.payment_provider import Call

How = Literal["finished", "timeout", "died", "memory", "output"]


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

    `how` is finished, timeout (killed at its deadline), died (by a signal, or by an exit call of its own: `code`),
    memory (more than allowed) or output (more than allowed). `value` is what a call returned, where that is plain data
    (`type` is its type's name in any case). `output` is the end of what was printed.
    """

    how: How
    output: str = ""
    value: Any = None
    type: str = "NoneType"
    raised: Raised | None = None
    code: int = 0


class Child(Protocol):
    """A process of the answer that was started and runs."""

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        ...

    def wait(self, deadline: float = 2.0, until: Callable[[], Any] | None = None) -> Exit:
        """Wait for its end, or until a condition holds, `deadline` seconds at most; then it is killed."""
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

    redis: Redis
    """The judge's own client: raw bytes, all commands."""

    @property
    def provider(self) -> Provider:
        """The payment provider; the answer finds its socket in the environment, as PAYMENTS."""
        ...

    def put(self, files: Mapping[str, str]) -> None:
        """Lay the answer's files (name with .py → text) where its processes import them."""
        ...

    def enqueue(
        self, function: str, *args: Any, queue: str = "default", job_id: str | None = None, **options: Any
    ) -> str:
        """Enqueue a call by name, as RQ's `Queue.enqueue` does; returns the job's id."""
        ...

    def call(self, function: str, *args: Any, deadline: float = 2.0, **kwargs: Any) -> Exit:
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
        self,
        queues: Sequence[str] = ("default",),
        kind: str = "simple",
        scheduler: bool = False,
        deadline: float = 2.0,
    ) -> Exit:
        """Run a burst worker to its end."""
        ...

    def kill_server(self) -> None:
        """SIGKILL the server and start it again: what was in its append-only file is there again."""
        ...

    def advance(self, seconds: float) -> list[str]:
        """Let time pass at once, then put what is due into its queue as a scheduler would; returns those ids."""
        ...

    def freeze(self) -> None:
        """End every process of the answer and lock the answer out of the server, before evidence is read."""
        ...
