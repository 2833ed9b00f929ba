"""What a box of a notebook stands on, and whether it is well: a server, a provider, the warm parent of the answers."""

from __future__ import annotations

import itertools
import json
import os
import secrets
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil
from redis import Redis
from redis.exceptions import RedisError

from workbook.bench.rq_command import child_environment
from workbook.bench.server import PrivateServer
from workbook.bench.world.payment import PaymentProvider
from workbook.box.box import Incident, IncidentError, Limits, Patience
from workbook.box.channel import PARENT, Channel
from workbook.box.inside.watch import STOPPED_SECONDS, Tree, Watch
from workbook.box.laying import command, lay_inside
from workbook.keeper.keeper import Keeper

LOOK_SECONDS, REDIS_SECONDS = 0.25, 3.0
ENDED, STOPPED = "was ended", "was stopped"
SERVER, PROVIDER = "the server", "the payment provider"
KEEPER, GUARD = "the keeper of the processes", "the guard of the keeper"
# An answer works on its queues; it may not end, reconfigure or empty the server, nor lock the judge out.
ANSWERS_RIGHTS = (
    *("+@all", "-@admin", "-@dangerous", "+info", "+keys", "+sort", "-script|kill", "-function"),
    *("-client|kill", "-client|pause", "-client|unpause", "-client|unblock", "-client|no-evict"),
)


class Stand:
    """What a box stands on: a keeper, and as its children a server, a provider and the warm parent of the answers."""

    def __init__(self, patience: Patience, limits: Limits) -> None:
        self.patience, self.limits = patience, limits
        self.keeper = Keeper()
        self._numbers = itertools.count(1)
        self.members: dict[str, psutil.Process] = {}
        self._files: Path | None = None
        try:
            self.server = PrivateServer(self.keeper, "judge-server")
            self._let_judge_in()
            self.home = self.keeper.new_folder("box")
            lay_inside(self.home)
            payments = self.keeper.socket_path("payments-of-the-box.sock")
            with self._parent_started(payments):
                self.provider = PaymentProvider(
                    self.keeper, self.server.url, self.home, str(payments), protected=self.parent.pid
                )
            self._meet()
        except BaseException:
            self.keeper.close()
            raise

    def clean(self) -> None:
        """Nothing of the last answer is left: no process, no key, no call at the provider."""
        if incident := self.incident():
            raise IncidentError(incident.what, incident.happened)
        self.sweep()
        self.redis.execute_command("ACL", "SETUSER", "default", "on")
        self.redis.flushall()
        self.channel.forget()
        self.provider.clear()

    def sweep(self) -> None:
        """End every process of the answer."""
        number = self.new_number()
        self.channel.tell(id=number, op="sweep")
        self.wait_for(lambda: self.channel.heard_of(number, "swept"), PARENT)

    def wait_for(self, condition: Callable[[], Any], what: str) -> Any:
        """Listen to the warm parent until a condition gives something, and return that.

        IncidentError when something the box stands on is dead, or stays stopped, or as much time has passed as is
        given to a slow machine; `what` did not answer then.
        """
        end, stopped_since = time.monotonic() + self.patience.gives, None
        while not (found := condition()):
            self.channel.listen(LOOK_SECONDS)
            incident = self.trouble()
            if incident and incident.happened == STOPPED:
                stopped_since = stopped_since or time.monotonic()
                if time.monotonic() < stopped_since + STOPPED_SECONDS:
                    continue
            if incident:
                raise IncidentError(incident.what, incident.happened)
            stopped_since = None
            if time.monotonic() > end:
                raise IncidentError(what, "did not answer")
        return found

    def trouble(self) -> Incident | None:
        """Which process that the box stands on is dead or stopped now."""
        for name, process in self.members.items():
            try:
                status = process.status() if process.is_running() else psutil.STATUS_ZOMBIE
            except psutil.Error:
                status = psutil.STATUS_ZOMBIE
            if status == psutil.STATUS_ZOMBIE:
                return Incident(name, ENDED)
            if status in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP):
                return Incident(name, STOPPED)
        return None

    def incident(self) -> Incident | None:
        """What has happened to the stand: a process that is dead or stopped, a server that is another one than it was,
        or cannot write its file."""
        if trouble := self.trouble():
            return trouble
        try:
            told = {**self.redis.info("server"), **self.redis.info("persistence")}
        except RedisError as error:
            return Incident(SERVER, f"did not answer as it should ({error})")
        if told["run_id"] != self._run_id:
            return Incident(SERVER, "was replaced by another one")
        if told["loading"] or told["aof_last_write_status"] != "ok":
            return Incident(SERVER, "could not write to the disk, which may be full")
        return None

    def watch(self, portions: int) -> Watch:
        """A watch over the processes of the answer."""
        patience, others = self.patience, [self.members[name] for name in (SERVER, PROVIDER, PARENT)]
        waits, works = patience.waits * portions, patience.works * portions
        return Watch(Tree(self.members[PARENT], with_root=False), waits, works, patience.gives, others)

    def restart_server(self) -> None:
        """SIGKILL the server and start it again."""
        self.redis.execute_command("WAITAOF", 1, 0, 1000)
        self.server.kill()
        self.server.start()
        self.redis.close()
        self._let_judge_in()
        self._meet()

    def new_files(self) -> Path:
        """An empty folder for an answer's files; what the last one has left is removed."""
        if self._files:
            shutil.rmtree(self._files, ignore_errors=True)
        self._files = self.keeper.new_folder("files")
        return self._files

    def disk_used(self) -> int:
        """Bytes in the answer's folder; what is removed meanwhile does not count."""
        total = 0
        for folder, _, names in os.walk(self._files or self.home):
            for name in names:
                with suppress(OSError):
                    total += os.lstat(os.path.join(folder, name)).st_size  # noqa: PTH118 - ten times a second
        return total

    def new_number(self) -> int:
        """A number for an order."""
        return next(self._numbers)

    def close(self) -> None:
        """End everything, also what was stopped."""
        for process in self.members.values():
            with suppress(psutil.Error):
                process.resume()
        self.channel.close()
        self.redis.close()
        self.keeper.close()

    def _meet(self) -> None:
        """Know the processes that the box stands on, and the server, so that it is seen when they are others."""
        pids = self.keeper.pids
        pids = {KEEPER: pids["keeper"], GUARD: pids["guard"], SERVER: self.server.pid, PARENT: self.parent.pid}
        pids[PROVIDER] = self.provider.process.pid
        self.members = {name: psutil.Process(pid) for name, pid in pids.items()}
        self._run_id = self.redis.info("server")["run_id"]

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
        self.redis.config_set("maxmemory", self.limits.redis)

    @contextmanager
    def _parent_started(self, payments: Path) -> Iterator[None]:
        """Start the warm parent, and wait for it at the end of the block: the provider can start meanwhile."""
        address = self.keeper.socket_path("box.sock")
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(str(address))
            door.listen(1)
            door.settimeout(self.patience.gives)
            self.parent = self.keeper.spawn(
                command(address),
                env=self._environment() | {"PAYMENTS": str(payments)},
                cwd=self.home,
                log=self.keeper.folder / "parent.log",
            )
            yield
            try:
                control, _ = door.accept()
            except TimeoutError:
                raise IncidentError(PARENT, f"did not start: {self.parent.log[-600:]}") from None
        self.channel = Channel(control)
        self.wait_for(lambda: self.channel.heard_of(0, "ready"), PARENT)

    def _environment(self) -> dict[str, str]:
        environment = child_environment(self.server.url, self.home)
        del environment["PYTHONPATH"]  # what an answer may import is put on the path by name
        # Nothing in a box is reached by TLS; without this each process that makes an httpx client reads every
        # certificate there is, 50 ms.
        environment.pop("SSL_CERT_FILE", None)
        environment["SSL_CERT_DIR"] = str(self.home)
        environment["PYTHONHASHSEED"] = "0"  # with the same seed a check goes the same way, sets included
        environment["BOX_PATIENCE"] = json.dumps(asdict(self.patience))
        environment["BOX_LIMITS"] = json.dumps(asdict(self.limits))
        environment["BOX_STANDS_ON"] = str(self.server.pid)
        return environment | {"REDIS_URL": self.server.url}
