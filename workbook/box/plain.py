"""The box of a notebook: an answer runs as the reader, in processes that are watched and ended.

It protects the notebook from accidents (endless loops, exit calls, floods of output), and the judgement from an answer
that lies; it is no prison. Everything in it belongs to a keeper of its own: when an answer breaks the box, the box is
thrown away whole and the next check gets a new one.
"""

from __future__ import annotations

import itertools
import json
import random
import secrets
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from redis import Redis
from rq import Queue

from workbook.bench import clock
from workbook.bench.rq_command import child_environment
from workbook.bench.server import PrivateServer
from workbook.bench.world.payment import PaymentProvider
from workbook.box.box import Exit, Given, Incident, IncidentError, Patience, Raised
from workbook.box.channel import PARENT, Channel, Pipe
from workbook.box.laying import command, lay_inside
from workbook.errors import BenchError
from workbook.keeper.keeper import Keeper

START_SECONDS = 20.0
ANSWER_SECONDS = 5.0
PAUSE_SECONDS = 0.002
REDIS_SECONDS = 3.0
OUTPUT_BYTES, OUTPUT_SHOWN = 8 << 20, 4000
REPLY_BYTES = 1 << 20
# An answer works on its queues; it may not end, reconfigure or empty the server, nor lock the judge out.
ANSWERS_RIGHTS = (
    *("+@all", "-@admin", "-@dangerous", "+info", "+keys", "+sort", "-script|kill", "-function"),
    *("-client|kill", "-client|pause", "-client|unpause", "-client|unblock", "-client|no-evict"),
)


class PlainSlot:
    """A server, a provider and a warm parent, for one box after the other. See `box.Slot`."""

    def __init__(self, patience: Patience | None = None) -> None:
        self.patience = patience or Patience()
        self._box: PlainBox | None = None
        self._stand: Stand | None = Stand()

    @property
    def stand(self) -> Stand:
        """What the present box stands on. BenchError once the slot is closed."""
        if not self._stand:
            raise BenchError("This slot is closed.")
        return self._stand

    def renew(self, seed: int = 0) -> PlainBox:
        """A box as new. Cheap when all is well; otherwise everything is replaced."""
        if self._box:
            self._box.forget()
        try:
            self.stand.clean()
        except Exception:  # whatever an answer has done to it, a new stand does not have it
            self.replace()
        self._box = PlainBox(self.stand, self.patience, seed)
        return self._box

    def incident(self) -> Incident | None:
        """What has happened to the stand since the box was renewed."""
        return None

    def replace(self) -> None:
        """Throw the stand away, and make a new one."""
        self.close()
        self._stand = Stand()

    def close(self) -> None:
        """End everything. May be called twice."""
        if self._stand:
            stand, self._stand = self._stand, None
            stand.close()


class Stand:
    """What a box stands on: a keeper, and as its children a server, a provider and the warm parent of the answers."""

    def __init__(self) -> None:
        self.keeper = Keeper()
        try:
            self.server = PrivateServer(self.keeper, "judge-server")
            self._let_judge_in()
            self.home = self.keeper.new_folder("box")
            lay_inside(self.home)
            payments = self.keeper.socket_path("payments-of-the-box.sock")
            self._start_parent(payments)
            self.provider = PaymentProvider(
                self.keeper, self.server.url, self.home, str(payments), protected=self.parent.pid
            )
        except BaseException:
            self.keeper.close()
            raise

    def clean(self) -> None:
        """Nothing of the last answer is left: no process, no key, no call at the provider."""
        self.sweep()
        self.redis.execute_command("ACL", "SETUSER", "default", "on")
        self.redis.flushall()
        self.channel.forget()
        self.provider.clear()

    def sweep(self) -> None:
        """End every process of the answer."""
        number = self.new_number()
        self.channel.tell(id=number, op="sweep")
        self.channel.hear_of(number, "swept", ANSWER_SECONDS)

    def restart_server(self) -> None:
        """SIGKILL the server and start it again."""
        self.redis.execute_command("WAITAOF", 1, 0, 1000)
        self.server.kill()
        self.server.start()
        self.redis.close()
        self._let_judge_in()

    def new_number(self) -> int:
        """A number for an order."""
        return next(self._numbers)

    def close(self) -> None:
        """End everything."""
        self.channel.close()
        self.redis.close()
        self.keeper.close()

    def _let_judge_in(self) -> None:
        """Give the judge a user of its own, then take from the answer's user what only the judge needs."""
        password = secrets.token_urlsafe(18)
        with Redis.from_url(self.server.url) as owner:
            owner.execute_command("ACL", "SETUSER", "judge", "on", f">{password}", "~*", "&*", "+@all")
        judge = self.server.url.replace("redis://:", "redis://judge:", 1)
        head, _, tail = judge.partition("judge:")
        self.redis = Redis.from_url(
            f"{head}judge:{password}@{tail.partition('@')[2]}", socket_timeout=REDIS_SECONDS, retry=None
        )
        self.redis.execute_command("ACL", "SETUSER", "default", *ANSWERS_RIGHTS)
        self.redis.config_set("busy-reply-threshold", 500)

    def _start_parent(self, payments: Path) -> None:
        self._numbers = itertools.count(1)
        address = self.keeper.socket_path("box.sock")
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(str(address))
            door.listen(1)
            door.settimeout(START_SECONDS)
            self.parent = self.keeper.spawn(
                command(address),
                env=self._environment() | {"PAYMENTS": str(payments)},
                cwd=self.home,
                log=self.keeper.folder / "zygote.log",
            )
            try:
                control, _ = door.accept()
            except TimeoutError:
                raise IncidentError(PARENT, f"did not start:\n{self.parent.log[-600:]}") from None
        self.channel = Channel(control)
        self.channel.hear_of(0, "ready", START_SECONDS)

    def _environment(self) -> dict[str, str]:
        environment = child_environment(self.server.url, self.home)
        del environment["PYTHONPATH"]  # what an answer may import is put on the path by name
        # Nothing in a box is reached by TLS; without this each process that makes an httpx client reads every
        # certificate there is, 50 ms.
        environment.pop("SSL_CERT_FILE", None)
        environment["SSL_CERT_DIR"] = str(self.home)
        environment["PYTHONHASHSEED"] = "0"  # with the same seed a check goes the same way, sets included
        return environment | {"REDIS_URL": self.server.url}


class PlainBox:
    """See `box.Box` for what each method promises."""

    def __init__(self, stand: Stand, patience: Patience, seed: int) -> None:
        self.stand, self.patience = stand, patience
        self._dice = random.Random(seed)
        self._children: list[PlainChild] = []
        self._files = stand.keeper.new_folder("files")

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
        child = PlainChild(self, self.stand.new_number(), order.get("name", ""))
        self._children.append(child)
        pipes = (child.reply.theirs, child.printed.theirs)
        try:
            self.stand.channel.tell(
                pipes, id=child.number, files=str(self._files), seed=self._dice.randrange(1 << 62), **order
            )
        finally:
            child.reply.hand_over()
            child.printed.hand_over()
        child.pid = self.stand.channel.hear_of(child.number, "pid", ANSWER_SECONDS)["pid"]
        return child


class PlainChild:
    """A process of the answer; see `box.Child`. `worker` is the worker's name, where it is one."""

    def __init__(self, box: PlainBox, number: int, worker: str = "") -> None:
        self._box, self._channel = box, box.stand.channel
        self.number, self.worker, self.pid = number, worker, 0
        self.reply = Pipe(kept=REPLY_BYTES, most=REPLY_BYTES, first=True)
        self.printed = Pipe(kept=OUTPUT_SHOWN, most=OUTPUT_BYTES, first=False)

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        if self._channel.end_of(self.number) is None:
            self._listen(0)
        return self._channel.end_of(self.number) is not None

    def wait(self, until: Callable[[], Any] | None = None, portions: int = 1) -> Exit:
        """Wait for its end, or until a condition holds; when the patience is at its end it is killed.

        Where the condition ended the wait, the process runs on and the exit says finished.
        """
        end = time.monotonic() + self._box.patience.waits * portions
        while not self.ended:
            if until and until():
                return Exit("finished", self._output())
            left = end - time.monotonic()
            if left <= 0 or self.printed.full:
                self.kill()
                return Exit("output" if self.printed.full else "timeout", self._output())
            self._listen(min(left, PAUSE_SECONDS) if until else left)
        return self._exit()

    def kill(self) -> None:
        """SIGKILL, and wait until it is dead."""
        self._channel.tell(id=self.number, op="kill")
        end = time.monotonic() + ANSWER_SECONDS
        while not self.ended:
            if time.monotonic() > end:
                raise IncidentError("a process of the answer", "could not be ended")
            self._channel.listen(0.05)

    def close(self) -> None:
        """Read no more of it."""
        self.reply.close()
        self.printed.close()

    def _listen(self, seconds: float) -> None:
        """Hear of its end, and take in what it writes: a process that is not read from would wait."""
        pipes = [pipe.number for pipe in (self.reply, self.printed) if pipe.open and not pipe.full]
        self._channel.listen(seconds, pipes)
        self.reply.take_in()
        self.printed.take_in()

    def _exit(self) -> Exit:
        self._listen(0)
        reply, output, code = self._reply(), self._output(), self._channel.end_of(self.number) or 0
        raised = Raised(**reply["raised"]) if reply and "raised" in reply else None
        if self.printed.full:
            return Exit("output", output, raised=raised, code=code)
        if raised and raised.type == "MemoryError":
            return Exit("memory", output, raised=raised, code=code)
        if reply is None or code != 0:
            return Exit("died", output, code=code)
        return Exit("finished", output, reply.get("value"), str(reply.get("type", "NoneType")), raised, code)

    def _reply(self) -> dict[str, Any] | None:
        """What the child wrote at its end; None when it wrote nothing that can be read."""
        try:
            reply = json.loads(self.reply.data)
            if "raised" in reply:
                reply["raised"] = {
                    name: str(reply["raised"].get(name, ""))[:2000] for name in ("type", "text", "lines")
                }
            return reply
        except (ValueError, AttributeError, TypeError, RecursionError):
            return None

    def _output(self) -> str:
        return self.printed.data.decode(errors="replace")


def travelling(value: Any) -> Any:
    """An argument as it goes to the warm parent."""
    return {"$given": [value.kind, value.name]} if isinstance(value, Given) else value


__all__ = ["PlainBox", "PlainChild", "PlainSlot", "Stand"]
