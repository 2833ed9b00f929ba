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
import select
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from redis import Redis
from rq import Queue

from workbook.bench import clock
from workbook.bench.box import Exit, Given, Raised
from workbook.bench.errors import BenchError
from workbook.bench.keeper import Keeper
from workbook.bench.payment_provider import PaymentProvider
from workbook.bench.rq_command import child_environment
from workbook.bench.server import PrivateServer
from workbook.bench.zygote_main import FILE_BYTES

PACKAGE_ROOT = Path(__file__).parents[2]
START_SECONDS = 20.0
ANSWER_SECONDS = 5.0
PAUSE_SECONDS = 0.002
REDIS_SECONDS = 3.0
OUTPUT_CHARACTERS = 4000
REPLY_BYTES = 1 << 20
# An answer works on its queues; it may not end, reconfigure or empty the server, nor lock the judge out.
ANSWERS_RIGHTS = (
    *("+@all", "-@admin", "-@dangerous", "+info", "+keys", "+sort", "-script|kill", "-function"),
    *("-client|kill", "-client|pause", "-client|unpause", "-client|unblock", "-client|no-evict"),
)


class BrokenBoxError(BenchError):
    """A process that holds the box together is gone: the answer ended it."""


class PlainBox:
    """See `box.Box` for what each method promises. `close` ends everything; `renew` makes it as new for an answer."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._keeper: Keeper | None = None
        self._open()

    # ---- for whoever owns the box

    def renew(self, seed: int | None = None) -> None:
        """Make the box as new: no process, no key, no file, no call at the provider. Cheap when all is well.

        A `seed` fixes what the processes of the answer draw from `random`, each its own.
        """
        try:
            self._sweep()
            self.redis.execute_command("ACL", "SETUSER", "default", "on")
            self.redis.flushall()
            self._children.clear()
            if self._provider:
                self._provider.clear()
            self._files = self.keeper.new_folder("files")
        except Exception:  # whatever an answer has done to it, a new box does not have it
            self.close()
            self._open()
        self._dice = random.Random(seed)

    def close(self) -> None:
        """End everything. May be called twice."""
        if self._keeper:
            self._control.close()
            self.redis.close()
            keeper, self._keeper = self._keeper, None
            keeper.close()

    @property
    def keeper(self) -> Keeper:
        """The keeper of the box that is open."""
        if not self._keeper:
            raise BenchError("This box is closed.")
        return self._keeper

    def _open(self) -> None:
        self._keeper = Keeper()
        try:
            self._server = PrivateServer(self._keeper, "judge-server")
            self._let_judge_in()
            self._provider: PaymentProvider | None = None
            self._children: dict[int, PlainChild] = {}
            self._dice = random.Random()
            self._files = self._keeper.new_folder("files")
            self._folder = self._keeper.new_folder("replies")
            self._start_zygote()
        except BaseException:
            keeper, self._keeper = self._keeper, None
            keeper.close()
            raise

    def _let_judge_in(self) -> None:
        """Give the judge a user of its own, then take from the answer's user what only the judge needs."""
        password = secrets.token_urlsafe(18)
        with Redis.from_url(self._server.url) as owner:
            owner.execute_command("ACL", "SETUSER", "judge", "on", f">{password}", "~*", "&*", "+@all")
        judge = self._server.url.replace("redis://:", "redis://judge:", 1)
        head, _, tail = judge.partition("judge:")
        self.redis = Redis.from_url(
            f"{head}judge:{password}@{tail.partition('@')[2]}", socket_timeout=REDIS_SECONDS, retry=None
        )
        self.redis.execute_command("ACL", "SETUSER", "default", *ANSWERS_RIGHTS)
        self.redis.config_set("busy-reply-threshold", 500)

    def _start_zygote(self) -> None:
        path = self.keeper.socket_path(f"box-{next(self._numbers)}.sock")
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(str(path))
            door.listen(1)
            door.settimeout(START_SECONDS)
            self._provider_socket = str(self.keeper.socket_path("payments-of-the-box.sock"))
            environment = child_environment(self._server.url, PACKAGE_ROOT)
            # Nothing in a box is reached by TLS; without this each process that makes an httpx client reads every
            # certificate there is, 50 ms.
            environment.pop("SSL_CERT_FILE", None)
            environment["SSL_CERT_DIR"] = str(self._folder)
            environment["PYTHONHASHSEED"] = "0"  # with the same seed a check goes the same way, sets included
            self._zygote = self.keeper.spawn(
                [sys.executable, "-m", "workbook.bench.zygote_main", str(path), str(self._folder)],
                env=environment | {"REDIS_URL": self._server.url, "PAYMENTS": self._provider_socket},
                cwd=self._folder,
                log=self.keeper.folder / "zygote.log",
            )
            try:
                self._control, _ = door.accept()
            except TimeoutError:
                raise BenchError(f"The box did not start:\n{self._zygote.log[-600:]}") from None
        self._unread = b""
        self._heard: list[dict[str, Any]] = []
        self._hear_of(0, "ready", START_SECONDS)

    # ---- for the judge

    @property
    def provider(self) -> PaymentProvider:
        """The payment provider, started when it is first asked for."""
        if not self._provider:
            self._provider = PaymentProvider(
                self.keeper, self._server.url, PACKAGE_ROOT, self._provider_socket, protected=self._zygote.pid
            )
        return self._provider

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

    def call(self, function: str, *args: Any, deadline: float = 2.0, **kwargs: Any) -> Exit:
        """Call a function of the answer in a process of its own and wait for its end."""
        return self.start_call(function, *args, **kwargs).wait(deadline)

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
        self,
        queues: Sequence[str] = ("default",),
        kind: str = "simple",
        scheduler: bool = False,
        deadline: float = 2.0,
    ) -> Exit:
        """Run a burst worker to its end."""
        return self.start_worker(queues, kind, scheduler).wait(deadline)

    def kill_server(self) -> None:
        """SIGKILL the server and start it again."""
        self.redis.execute_command("WAITAOF", 1, 0, 1000)
        self._server.kill()
        self._server.start()
        self.redis.close()
        self._let_judge_in()

    def advance(self, seconds: float) -> list[str]:
        """Let time pass at once, then put what is due into its queue as a scheduler would; returns those ids."""
        clock.advance(self.redis, seconds)
        return clock.promote(self.redis)

    def freeze(self) -> None:
        """End every process of the answer and lock it out of the server."""
        self._sweep()
        self.redis.execute_command("ACL", "SETUSER", "default", "off")
        self.redis.execute_command("CLIENT", "KILL", "USER", "default")

    # ---- the zygote

    def _start(self, **order: Any) -> PlainChild:
        number = next(self._numbers)
        child = self._children[number] = PlainChild(self, number)  # first: its end may be heard of with its start
        self._tell(id=number, files=str(self._files), seed=self._dice.randrange(1 << 62), **order)
        child.pid = self._hear_of(number, "pid", ANSWER_SECONDS)["pid"]
        return child

    def _sweep(self) -> None:
        number = next(self._numbers)
        self._tell(id=number, op="sweep")
        self._hear_of(number, "swept", ANSWER_SECONDS)

    def _tell(self, **order: Any) -> None:
        try:
            self._control.sendall(json.dumps(order).encode() + b"\n")
        except OSError:
            raise BrokenBoxError("The answer ended the process that runs it.") from None

    def _listen(self, seconds: float) -> None:
        """Take in what the zygote says within some seconds."""
        ready, _, _ = select.select([self._control], [], [], max(0.0, seconds))
        if not ready:
            return
        try:
            data = self._control.recv(1 << 16)
        except OSError:
            data = b""
        if not data:
            raise BrokenBoxError("The answer ended the process that runs it.")
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            heard = json.loads(line)
            if "ended" in heard and heard["id"] in self._children:
                self._children[heard["id"]].code = heard["ended"]
            else:
                self._heard.append(heard)

    def _hear_of(self, number: int, word: str, seconds: float) -> dict[str, Any]:
        """Wait for a word about an order."""
        deadline = time.monotonic() + seconds
        while True:
            for heard in self._heard:
                if heard["id"] == number and word in heard:
                    self._heard.remove(heard)
                    return heard
            if time.monotonic() > deadline:
                raise BrokenBoxError("The process that runs the answer does not listen.")
            self._listen(deadline - time.monotonic())


class PlainChild:
    """A process of the answer; see `box.Child`."""

    def __init__(self, box: PlainBox, number: int) -> None:
        self._box, self._number, self.pid = box, number, 0
        self.code: int | None = None

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        if self.code is None:
            self._box._listen(0)
        return self.code is not None

    def wait(self, deadline: float = 2.0, until: Callable[[], Any] | None = None) -> Exit:
        """Wait for its end, or until a condition holds; at the deadline it is killed.

        Where the condition ended the wait, the process runs on and the exit says finished.
        """
        end = time.monotonic() + deadline
        while not self.ended:
            if until and until():
                return Exit("finished", self._output())
            left = end - time.monotonic()
            if left <= 0:
                self.kill()
                return Exit("output" if self._flooded() else "timeout", self._output())
            self._box._listen(min(left, PAUSE_SECONDS) if until else left)
        return self._exit()

    def kill(self) -> None:
        """SIGKILL, and wait until it is dead."""
        self._box._tell(id=self._number, op="kill")
        end = time.monotonic() + ANSWER_SECONDS
        while not self.ended:
            if time.monotonic() > end:
                raise BrokenBoxError("A process of the answer could not be ended.")
            self._box._listen(0.05)

    def _exit(self) -> Exit:
        reply, output, code = self._reply(), self._output(), self.code or 0
        raised = Raised(**reply["raised"]) if reply and "raised" in reply else None
        if self._flooded():
            return Exit("output", output, raised=raised, code=code)
        if raised and raised.type == "MemoryError":
            return Exit("memory", output, raised=raised, code=code)
        if reply is None or code != 0:
            return Exit("died", output, code=code)
        return Exit("finished", output, reply.get("value"), reply.get("type", "NoneType"), raised, code)

    def _reply(self) -> dict[str, Any] | None:
        """What the child wrote at its end; None when it wrote nothing that can be read."""
        path = self._box._folder / f"{self._number}.json"
        try:
            with path.open("rb") as file:
                reply = json.loads(file.read(REPLY_BYTES))
            if "raised" in reply:
                reply["raised"] = {
                    name: str(reply["raised"].get(name, ""))[:2000] for name in ("type", "text", "lines")
                }
            return reply
        except (OSError, ValueError, AttributeError, TypeError, RecursionError):
            return None

    def _flooded(self) -> bool:
        path = self._box._folder / f"{self._number}.out"
        return path.exists() and path.stat().st_size >= FILE_BYTES

    def _output(self) -> str:
        path = self._box._folder / f"{self._number}.out"
        try:
            with path.open("rb") as file:
                file.seek(max(0, path.stat().st_size - OUTPUT_CHARACTERS))
                return file.read().decode(errors="replace")
        except OSError:
            return ""


def travelling(value: Any) -> Any:
    """An argument as it goes to the zygote."""
    return {"$given": [value.kind, value.name]} if isinstance(value, Given) else value
