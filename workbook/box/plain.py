"""The box of a notebook: an answer runs as the reader, in processes that are watched and ended.

It protects the notebook from accidents (endless loops, exit calls, floods of output), and the judgement from an answer
that lies; it is no prison. Everything in it belongs to a keeper of its own: when an answer breaks the box, the box is
thrown away whole and the next check gets a new one.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import httpx
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue

from workbook.bench import clock
from workbook.bench.world.payment import PaymentProvider
from workbook.box.box import Exit, Given, Incident, IncidentError, Limits, Patience
from workbook.box.channel import PARENT
from workbook.box.child import PlainChild
from workbook.box.stand import Stand
from workbook.errors import BenchError


class PlainSlot:
    """A server, a provider and a warm parent, for one box after the other. See `box.Slot`."""

    def __init__(self, patience: Patience | None = None, limits: Limits | None = None) -> None:
        self.patience, self.limits = patience or Patience(), limits or Limits()
        self._stand: Stand | None = None
        self._box: PlainBox | None = None
        self._closed = False
        assert self.stand  # the first box is warm, too

    @property
    def stand(self) -> Stand:
        """What the present box stands on. BenchError once the slot is closed."""
        if self._closed:
            raise BenchError("This slot is closed.")
        if not self._stand:
            self._stand = Stand(self.patience, self.limits)
        return self._stand

    def renew(self, seed: int = 0) -> PlainBox:
        """A box as new. Cheap when all is well; otherwise everything is replaced."""
        self._forget_box()
        try:
            self.stand.clean()
        except (IncidentError, RedisError, BenchError, OSError, httpx.HTTPError):
            self.replace()  # whatever an answer has done to the old stand, the new one does not have it
        self._box = PlainBox(self.stand, seed)
        return self._box

    def incident(self) -> Incident | None:
        """What has happened to the stand since the box was renewed."""
        return self._stand.incident() if self._stand else None

    def replace(self) -> None:
        """Throw the stand away; the next box gets a new one."""
        self._forget_box()
        with suppress(BenchError):  # it does not end in time: its guard will end it, and the next one is needed now
            self._throw_away()

    def close(self) -> None:
        """End everything. May be called twice."""
        self._forget_box()
        self._throw_away()
        self._closed = True

    def _throw_away(self) -> None:
        if self._stand:
            stand, self._stand = self._stand, None
            stand.close()

    def _forget_box(self) -> None:
        if self._box:
            box, self._box = self._box, None
            box.forget()


class PlainBox:
    """See `box.Box` for what each method promises."""

    def __init__(self, stand: Stand, seed: int) -> None:
        self.stand = stand
        self._dice = random.Random(seed)
        self._children: list[PlainChild] = []
        self._files = stand.new_files()

    @property
    def redis(self) -> Redis:
        """The judge's own client."""
        return self.stand.redis

    @property
    def provider(self) -> PaymentProvider:
        """The payment provider."""
        return self.stand.provider

    def put(self, files: Mapping[str, str]) -> None:
        """Lay the answer's files where its processes import them."""
        for name, text in files.items():
            (self._files / name).write_text(text, encoding="utf-8")

    def enqueue(
        self, function: str, *args: Any, queue: str = "default", job_id: str | None = None, **options: Any
    ) -> str:
        """Enqueue a call by name; returns the job's id."""
        job = Queue(queue, connection=self.redis).enqueue_call(function, args=args, job_id=job_id, **options)
        return job.id

    def call(self, function: str, *args: Any, portions: int = 1, **kwargs: Any) -> Exit:
        """Call a function of the answer in a process of its own and wait for its end."""
        return self.start_call(function, *args, **kwargs).wait(portions=portions)

    def start_call(self, function: str, *args: Any, **kwargs: Any) -> PlainChild:
        """Start a call and leave it running."""
        named = {name: travelling(value) for name, value in kwargs.items()}
        return self._start(op="call", function=function, args=[travelling(value) for value in args], kwargs=named)

    def start_worker(
        self, queues: Sequence[str] = ("default",), kind: str = "simple", scheduler: bool = False, burst: bool = True
    ) -> PlainChild:
        """Start a worker and leave it running."""
        name = f"worker-{secrets.token_hex(4)}"
        return self._start(op="work", queues=list(queues), kind=kind, scheduler=scheduler, burst=burst, name=name)

    def work(
        self, queues: Sequence[str] = ("default",), kind: str = "simple", scheduler: bool = False, portions: int = 1
    ) -> Exit:
        """Run a burst worker to its end."""
        return self.start_worker(queues, kind, scheduler).wait(portions=portions)

    def kill_server(self) -> None:
        """SIGKILL the server and start it again."""
        self.stand.restart_server()

    def advance(self, seconds: float, promote: bool = True) -> list[str]:
        """Let time pass at once, but not for workers that live; puts what is due into its queue."""
        clock.advance(self.redis, seconds, self.living())
        return clock.promote(self.redis) if promote else []

    def living(self) -> list[str]:
        """The names of the workers that live: those that were started here and have not ended."""
        return [child.worker for child in self._children if child.worker and not child.ended]

    def freeze(self) -> None:
        """End every process of the answer and lock it out of the server."""
        self.stand.sweep()
        self.redis.execute_command("ACL", "SETUSER", "default", "off")
        self.redis.execute_command("CLIENT", "KILL", "USER", "default")

    def forget(self) -> None:
        """Let go of the children's pipes: this box is not used any more."""
        for child in self._children:
            child.close()
        self._children.clear()

    def _start(self, **order: Any) -> PlainChild:
        child = PlainChild(self.stand, self.stand.new_number(), order.get("name", ""))
        self._children.append(child)
        pipes = (child.reply.theirs, child.printed.theirs)
        try:
            self.stand.channel.tell(
                pipes, id=child.number, files=str(self._files), seed=self._dice.randrange(1 << 62), **order
            )
        finally:
            child.reply.hand_over()
            child.printed.hand_over()
        child.pid = self.stand.wait_for(lambda: self.stand.channel.heard_of(child.number, "pid"), PARENT)["pid"]
        return child


def travelling(value: Any) -> Any:
    """An argument as it goes to the warm parent."""
    return {"$given": [value.kind, value.name]} if isinstance(value, Given) else value
