"""The bench of one notebook: a server, the reader's modules, `rq` commands and web servers, and the end of them all."""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from workbook.bench import clock, lease, rq_command
from workbook.bench.binary import find_server, server_version
from workbook.bench.connect import connect
from workbook.bench.module_magic import ModuleFolder, module_magic
from workbook.bench.rq_command import FinishedCommand, RunningCommand
from workbook.bench.server import PrivateServer
from workbook.bench.web import WebServer
from workbook.bench.world.mail import MailProvider
from workbook.bench.world.payment import PaymentProvider
from workbook.errors import BenchError
from workbook.keeper.keeper import Keeper

_current: Bench | None = None


class Bench:
    """Made by `open_bench`. Everything it starts ends with `close`, or with the notebook's kernel."""

    def __init__(self, chapter: str, modules: Mapping[str, str] | None = None) -> None:
        self.chapter = chapter
        self.found = find_server()
        self._owner = secrets.token_hex(8)
        self.server: PrivateServer | None = None
        self._lender: Redis | None = None
        with contextlib.ExitStack() as undo:
            # A borrowed server is asked before anything is started: a wrong REDIS_URL is told at once.
            if self.found.url:
                self._lender = connect(self.found.url)
                lease.take(self._lender, self._owner, self.found.url)
                undo.callback(self._give_back)
            self.keeper = Keeper()
            undo.callback(self.keeper.close)
            if self.found.url:
                self._keep_renewing(self.found.url)
            else:
                self.server = PrivateServer(self.keeper)
            self.modules = ModuleFolder(self.keeper.folder / "modules", modules)
            self.redis = Redis.from_url(self.url)
            undo.pop_all()

    @property
    def url(self) -> str:
        """The server's address with its password: give it to clients, do not print it."""
        return self.found.url or self.server.url  # type: ignore[union-attr]

    @property
    def server_version(self) -> str:
        """Name and version of the server, and where it came from."""
        return f"{server_version(self.found)}, from {self.found.source}"

    def rq(
        self, command: str, timeout: float = 60.0, url_options: str = "", server: PrivateServer | None = None
    ) -> FinishedCommand:
        """Run `rq COMMAND` to its end, `bench.rq("worker --burst default")` say, and return exit code and log.

        `timeout` is in seconds; after it the command is killed and BenchTimeout raised. `url_options` are added to the
        server's address ("decode_responses=True", say); `server` is one of `private_server` in place of the bench's.
        """
        running = self.start_rq(command, url_options, server)
        try:
            returncode = running.wait(timeout)
        except BaseException:
            running.kill()
            raise
        return FinishedCommand(command, returncode, running.log, running.pid)

    def start_rq(self, command: str, url_options: str = "", server: PrivateServer | None = None) -> RunningCommand:
        """Start `rq COMMAND` and leave it running; a worker looks for jobs when this returns."""
        url = server.url if server else self.url
        client = Redis.from_url(url) if server else self.redis
        if url_options:
            url = f"{url}{'&' if '?' in url else '?'}{url_options}"
        try:
            return rq_command.start(self.keeper, client, url, self.modules.folder, command)
        finally:
            if server:
                client.close()

    def start_api(self, app: str, threads: int = 4) -> WebServer:
        """Serve an ASGI app ("module:name") by uvicorn in a process of its own; `threads` run its plain functions."""
        return WebServer(self.keeper, self.url, self.modules.folder, app, threads)

    def start_mail_provider(self) -> MailProvider:
        """Start the outside world of the course: a mail provider with a knob for its delay and a book of deliveries."""
        return MailProvider(self.keeper, self.url, self.modules.folder)

    def start_payment_provider(self) -> PaymentProvider:
        """Start a payment provider with a book of charges and faults on demand; jobs reach it over its `socket`."""
        return PaymentProvider(self.keeper, self.url, self.modules.folder)

    def advance(self, seconds: float, server: PrivateServer | None = None) -> None:
        """Let time pass at once: every deadline in the database comes nearer, but those of workers that live.

        RQ's own timers in running processes are not moved, so this does nothing that RQ would do: the scheduler or
        maintenance that comes next does. `server` is one of `private_server` in place of the bench's.
        """
        with Redis.from_url(server.url if server else self.url) as client:
            clock.advance(client, seconds, clock.living(client))

    def private_server(self, name: str, appendonly: bool = True) -> PrivateServer:
        """Another server, for experiments that kill or reconfigure it, under a REDIS_URL too."""
        return PrivateServer(self.keeper, name, appendonly)

    def own_keys(self, prefix: str) -> None:
        """Declare a prefix of keys that the notebook writes beside RQ's, so that they are removed at the end."""
        if self._lender:
            lease.declare(self._lender, self._owner, prefix)

    def close(self) -> None:
        """End everything that the bench started and remove what it wrote. May be called twice."""
        if self.keeper.closed:
            return
        self.modules.close()
        self.redis.close()
        self.keeper.close()
        self._give_back()

    def __repr__(self) -> str:
        return f"Bench of chapter {self.chapter}: {'closed' if self.keeper.closed else 'open'}"

    def _keep_renewing(self, url: str) -> None:
        """Start the process that renews the lease, and gives the database back should this kernel be killed."""
        package_root = Path(__file__).parents[2]
        self.keeper.spawn(
            [sys.executable, "-m", "workbook.bench.lease"],
            env=rq_command.child_environment(url, package_root) | {"WORKBOOK_LEASE_OWNER": self._owner},
            cwd=package_root,
            log=self.keeper.folder / "lease.log",
            gentle=True,
        )

    def _give_back(self) -> None:
        """Give a borrowed database back, in case the renewing process could not; a server that is gone needs none."""
        if self._lender:
            with contextlib.suppress(RedisError):
                lease.give_back(self._lender, self._owner)
            self._lender.close()


def open_bench(chapter: str) -> Bench:
    """Open the bench of a chapter, "02" say; one that this kernel had open is closed first, its modules are kept.

    Registers the magic `%%module`. Raises BenchError when no server can be had.
    """
    global _current
    if "RQ_KEY_PREFIX" in os.environ:
        raise BenchError("RQ_KEY_PREFIX is set, and the course reads RQ's keys by their usual names; unset it.")
    carried = _current.modules.sources if _current else None
    if _current:
        _current.close()
    _current = Bench(chapter, carried)
    atexit.register(_current.close)
    modules = _current.modules
    if "IPython" in sys.modules and (shell := sys.modules["IPython"].get_ipython()):
        shell.register_magic_function(
            lambda line, cell: module_magic(modules, line, cell), magic_kind="cell", magic_name="module"
        )
    return _current
