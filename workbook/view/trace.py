"""What Redis was asked to do: a context manager over MONITOR that counts commands and round trips.

    with trace(redis) as seen:
        queue.enqueue(...)
    seen                      # a table by job and phase
    seen.count, seen.sent, seen.round_trips

MONITOR runs between two moments at which the server has answered, so nothing is missed and nothing else counted.
Without `trace` nothing is measured and nothing costs.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from redis import ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from workbook.view.client import client_like
from workbook.view.phases import job_of, phase_of
from workbook.view.table import Table
from workbook.view.words import shown

ANSWER_SECONDS = 10.0
LINE = re.compile(rb"(?P<time>\d+\.\d+) \[(?P<db>\d+) (?P<client>[^\]]*)\] (?P<words>.*)", re.DOTALL)
WORD = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.DOTALL)
ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|.)", re.DOTALL)
PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b"}


@dataclass(frozen=True)
class Command:
    """One command as MONITOR shows it: server time in seconds, database, client address, and its words as text."""

    time: float
    db: int
    client: str
    words: tuple[str, ...]

    @property
    def name(self) -> str:
        """The command's name in capitals."""
        return self.words[0].upper()

    def __str__(self) -> str:
        return " ".join(word if len(word) <= 80 and word.isprintable() else "…" for word in self.words)


@dataclass(frozen=True)
class Step:
    """What took effect as one: a single command, or all from MULTI to EXEC; `phase` says what it is for."""

    commands: tuple[Command, ...]
    phase: str
    job: str | None


@dataclass
class Trace:
    """What was seen: the `steps` that touch keys under `prefix`, complete when the `with` block has ended.

    `sent` counts the requests of the given client: a pipeline is one. `round_trips` counts the requests that the server
    read meanwhile, by whomever, and a long pipeline in several pieces; None when the server went away. `ended_early`
    says that the steps end where the server did.
    """

    prefix: str
    steps: list[Step] = field(default_factory=list)
    sent: int = 0
    round_trips: int | None = None
    ended_early: bool = False

    @property
    def commands(self) -> list[Command]:
        """All commands, MULTI and EXEC included."""
        return [command for step in self.steps for command in step.commands]

    @property
    def count(self) -> int:
        """How many commands were seen."""
        return len(self.commands)

    def of_job(self, job: str) -> list[Command]:
        """The commands of the steps that are about this job."""
        return [command for step in self.steps if step.job == job for command in step.commands]

    def __repr__(self) -> str:
        return repr(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()

    def table(self) -> Table:
        """Commands counted by job and phase, in the order in which they were first seen."""
        places: dict[tuple[str, str], Counter[str]] = {}
        for step in self.steps:
            counted = places.setdefault((shown(step.job or ""), step.phase), Counter())
            counted.update(command.name for command in step.commands)
        rows = [
            (job, phase, str(names.total()), ", ".join(f"{name} {n}" if n > 1 else name for name, n in names.items()))
            for (job, phase), names in places.items()
        ]
        trips = "unknown" if self.round_trips is None else self.round_trips
        caption = f"{self.count} commands; round trips: {self.sent} by this client, {trips} read by the server"
        notes = ["The server went away; this is what was seen until then."] * self.ended_early
        return Table(caption, ("job", "phase", "commands", "which"), rows, notes)


@contextmanager
def trace(redis: Redis, prefix: str = "rq") -> Iterator[Trace]:
    """Collect the commands that touch keys under `prefix` in the client's database, from every client.

    MONITOR shows arguments and costs the server up to half its speed while it runs: for learning, not for production.
    """
    seen = Trace(prefix)
    database = int(redis.connection_pool.connection_kwargs.get("db") or 0)
    # No retries: of a server that has gone away, the last has been seen.
    with client_like(redis, retry=Retry(NoBackoff(), 0), socket_timeout=ANSWER_SECONDS) as own:
        listener = Listener(own)
        before = requests_read(own)
        try:
            with counted_requests(redis.connection_pool) as sent:
                yield seen
        finally:
            seen.sent = sent()
            try:
                # The question itself is one of those reads.
                seen.round_trips = requests_read(own) - before - 1
            except RedisError:
                seen.round_trips = None
            seen.steps = list(into_steps(listener.stop(), database, prefix))
            if listener.failed:  # a server that came back counts from zero
                seen.round_trips, seen.ended_early = None, True


def requests_read(redis: Redis) -> int:
    """How many requests the server has read from its clients, this one included."""
    return int(redis.info("stats")["total_reads_processed"])


@contextmanager
def counted_requests(pool: ConnectionPool) -> Iterator[Callable[[], int]]:
    """Count what is sent by connections that are taken from `pool` in this block; yields a function that tells.

    The opening of a connection is not counted, nor what goes by one that was taken before.
    """
    lock, total = threading.Lock(), 0
    counted: set[Any] = set()

    def counting(send: Callable[..., Any]) -> Callable[..., Any]:
        def send_and_count(*args: Any, **options: Any) -> Any:
            nonlocal total
            with lock:
                total += 1
            return send(*args, **options)

        return send_and_count

    with ExitStack() as undo:
        take = pool.get_connection

        def take_counted(*args: Any, **options: Any) -> Any:
            connection = take(*args, **options)
            with lock:
                if connection not in counted:
                    counted.add(connection)
                    send = counting(connection.send_packed_command)
                    undo.enter_context(replaced(connection, "send_packed_command", send))
            return connection

        undo.enter_context(replaced(pool, "get_connection", take_counted))
        yield lambda: total


@contextmanager
def replaced(owner: Any, name: str, method: Callable[..., Any]) -> Iterator[None]:
    """Give an object a method of its own, and in the end what it had before: another trace's, or its class's again."""
    before = vars(owner).get(name)
    setattr(owner, name, method)
    try:
        yield
    finally:
        if before is None:
            delattr(owner, name)
        else:
            setattr(owner, name, before)


class Listener:
    """Reads MONITOR in a thread, on a connection of its own, from the moment it is made until `stop`."""

    def __init__(self, own: Redis) -> None:
        self.own = own
        self.marker = f"trace-{secrets.token_hex(8)}"
        self.lines: list[bytes] = []
        self.failed = False
        self.connection = own.connection_pool.get_connection()
        self.connection.send_command("MONITOR")
        self.connection.read_response()
        self.thread = threading.Thread(target=self._listen, name="trace", daemon=True)
        self.thread.start()

    def stop(self) -> list[Command]:
        """End the listening after everything that was sent before this, and return the commands."""
        try:
            self.own.echo(self.marker)
            self.thread.join(ANSWER_SECONDS)
        except RedisError:
            self.failed = True
        finally:
            self.connection.disconnect()  # ends the thread, should it still read
            self.thread.join(ANSWER_SECONDS)
        return [command for line in self.lines if (command := parse(line))]

    def _listen(self) -> None:
        try:
            while self.marker.encode() not in (
                line := self.connection.read_response(disable_decoding=True, timeout=None)
            ):
                self.lines.append(line)
        except (RedisError, OSError, ValueError):  # the server went away: what was seen until then counts
            self.failed = True


def parse(line: bytes) -> Command | None:
    """A line of MONITOR, or None for one that is none."""
    if not (match := LINE.fullmatch(line)):
        return None
    words = tuple(unescape(word).decode("utf-8", errors="replace") for word in WORD.findall(match["words"]))
    return Command(float(match["time"]), int(match["db"]), match["client"].decode(), words) if words else None


def unescape(word: bytes) -> bytes:
    r"""Undo the escapes of MONITOR: \n, \x00 and the like."""

    def plain(match: re.Match[bytes]) -> bytes:
        escape = match[1]
        return bytes.fromhex(escape[1:].decode()) if len(escape) == 3 else PLAIN.get(escape, escape)

    return ESCAPE.sub(plain, word)


def into_steps(commands: Iterable[Command], database: int, prefix: str) -> Iterator[Step]:
    """The steps in one database that touch keys under the prefix; what a script does is part of its EVALSHA."""
    watching: set[str] = set()
    for step in transactions(command for command in commands if command.db == database and command.client != "lua"):
        words = [command.words for command in step]
        client, first = step[0].client, step[0].name
        ours = any(word.startswith(f"{prefix}:") for command in words for word in command[1:])
        # UNWATCH names no key: it belongs to the WATCH before it.
        if ours or (first == "UNWATCH" and client in watching):
            yield Step(tuple(step), phase_of(words, prefix), job_of(words, prefix))
        if first == "WATCH" and ours:
            watching.add(client)
        elif first in ("UNWATCH", "MULTI"):
            watching.discard(client)


def transactions(commands: Iterable[Command]) -> Iterator[list[Command]]:
    """Commands one by one, those from MULTI to EXEC of a client together, where they ended."""
    begun: dict[str, list[Command]] = {}
    for command in commands:
        if command.name == "MULTI":
            begun[command.client] = [command]
        elif command.client in begun:
            begun[command.client].append(command)
            if command.name in ("EXEC", "DISCARD"):
                yield begun.pop(command.client)
        else:
            yield [command]
    yield from begun.values()  # the server went away in the middle
