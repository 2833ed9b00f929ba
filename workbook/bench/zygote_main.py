"""The warm parent of a box: forks the processes that run an answer, so that none of them has to import RQ first.

    python -m workbook.bench.zygote_main SOCKET FOLDER

It has one thread, holds no check and no secret, and obeys orders (one JSON object a line) over SOCKET:

    {"id": 1, "op": "call" or "work", "files": …, …}  →  {"id": 1, "pid": …}, and at its end {"id": 1, "ended": code}
    {"id": 1, "op": "kill"}                           kills the process of order 1
    {"id": 2, "op": "sweep"}                          →  {"id": 2, "swept": true}, when no process is left

A child writes what a call gave into FOLDER/ID.json and what it prints into FOLDER/ID.out. All of that is the answer's
word: whoever reads it must not trust it. Processes that the answer leaves behind fall to this one, a child subreaper.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import linecache
import logging
import os
import random
import resource
import select
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any

# Imported for the children: what an answer is likely to use is there when it is forked.
import httpx
import rq.cron
import rq.intermediate_queue
import rq.results  # noqa: F401
from redis import Redis
from rq import Queue, SimpleWorker, Worker
from rq.job import Job

from workbook.bench.keeper_main import PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG, end_all, prctl

MEMORY_BYTES = 1 << 30
FILE_BYTES = 8 << 20
REPLY_CHARACTERS = 200_000
MOST_DEPTH = 12
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGPIPE)


class WithoutPubsub:
    """RQ's worker without the thread that listens for commands: ending it takes a second now and then."""

    def subscribe(self) -> None:
        """Listen to nobody."""

    def unsubscribe(self) -> None:
        """Nothing to end."""


class QuietSimpleWorker(WithoutPubsub, SimpleWorker):
    """RQ's worker that runs jobs in its own process."""


class QuietWorker(WithoutPubsub, Worker):
    """RQ's worker that forks a work-horse for each job."""


KINDS = {"simple": QuietSimpleWorker, "fork": QuietWorker}


class Zygote:
    """Obeys the orders of one box until its socket closes."""

    def __init__(self, control: socket.socket, folder: Path) -> None:
        self.control, self.folder = control, folder
        self.children: dict[int, int] = {}

    def serve(self) -> None:
        """Answer orders, and tell of every child that ends."""
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_read, False)
        os.set_blocking(wake_write, False)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        unread = b""
        while True:
            ready, _, _ = select.select([self.control, wake_read], [], [])
            if wake_read in ready:
                os.read(wake_read, 4096)
                self.reap()
            if self.control in ready:
                data = self.control.recv(1 << 16)
                if not data:
                    return
                *lines, unread = (unread + data).split(b"\n")
                for line in lines:
                    self.obey(json.loads(line))

    def obey(self, order: dict[str, Any]) -> None:
        """Carry out one order."""
        if order["op"] == "kill":
            pid = self.children.get(order["id"])
            if pid is not None:  # not reaped yet, so the number is still its own
                os.kill(pid, signal.SIGKILL)
        elif order["op"] == "sweep":
            end_all(set(self.children.values()), 0)
            self.children.clear()
            self.tell(id=order["id"], swept=True)
        else:
            pid = os.fork()
            if pid == 0:
                become_child(order, self.folder, self.control)
            self.children[order["id"]] = pid
            self.tell(id=order["id"], pid=pid)

    def reap(self) -> None:
        """Collect ended children, adopted ones too."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for number, child in list(self.children.items()):
                if child == pid:
                    del self.children[number]
                    self.tell(id=number, ended=os.waitstatus_to_exitcode(status))

    def tell(self, **answer: Any) -> None:
        """Send one line to the box."""
        self.control.sendall(json.dumps(answer).encode() + b"\n")


def become_child(order: dict[str, Any], folder: Path, control: socket.socket) -> None:
    """Turn a fork of the zygote into the process that an order asks for. Never returns."""
    code = 70
    try:
        zygote = os.getppid()
        os.setsid()
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != zygote:
            os._exit(1)
        signal.set_wakeup_fd(-1)
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        control.close()
        output = os.open(folder / f"{order['id']}.out", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(output, 1)
        os.dup2(output, 2)
        set_limits()
        os.chdir(order["files"])
        sys.path.insert(0, order["files"])
        logging.disable(logging.INFO)
        fix_dice(order["seed"])
        reply = {"call": call, "work": work}[order["op"]](order)
        (folder / f"{order['id']}.json").write_text(json.dumps(reply)[:REPLY_CHARACTERS], encoding="utf-8")
        code = 0
    except BaseException as error:
        reply = {"raised": describe(error, order["files"])}
        with contextlib.suppress(Exception):
            (folder / f"{order['id']}.json").write_text(json.dumps(reply), encoding="utf-8")
        code = 0
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def fix_dice(seed: int) -> None:
    """Let `random` draw the same with the same seed, in this process and in each of its forks.

    `random` itself sows anew in a fork; what is registered here comes after that.
    """
    dice, sown = random.Random(seed), [seed]
    random.seed(seed)
    os.register_at_fork(
        before=lambda: sown.append(dice.randrange(1 << 62)), after_in_child=lambda: random.seed(sown[-1])
    )


def set_limits() -> None:
    """Bound what an answer can take from the machine."""
    limits = {
        resource.RLIMIT_AS: MEMORY_BYTES,
        resource.RLIMIT_FSIZE: FILE_BYTES,
        resource.RLIMIT_CORE: 0,
    }
    for limit, most in limits.items():
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (most, most))


def connect() -> Redis:
    """A client of the box's server."""
    return Redis.from_url(os.environ["RQ_REDIS_URL"])


def call(order: dict[str, Any]) -> dict[str, Any]:
    """Call a function of the answer; returns what it returned, as far as that is plain data."""
    function = find(order["function"])
    args = [make(value) for value in order["args"]]
    kwargs = {name: make(value) for name, value in order["kwargs"].items()}
    value = function(*args, **kwargs)
    return {"type": type(value).__name__, "value": plain(value)}


def work(order: dict[str, Any]) -> dict[str, Any]:
    """Run a worker."""
    connection = connect()
    queues = [Queue(name, connection=connection) for name in order["queues"]]
    worker = KINDS[order["kind"]](queues, connection=connection, name=order["name"])
    worker.work(burst=order["burst"], with_scheduler=order["scheduler"], logging_level="WARNING")
    return {}


def find(name: str) -> Any:
    """The function "module.function"."""
    module, _, function = name.rpartition(".")
    return getattr(importlib.import_module(module), function)


def make(value: Any) -> Any:
    """An argument: plain data as it is, what is given by kind made here."""
    if not (isinstance(value, dict) and "$given" in value):
        return value
    kind, name = value["$given"]
    if kind == "queue":
        return Queue(name, connection=connect())
    if kind == "job":
        return Job.fetch(name, connection=connect())
    return find(name) if kind == "function" else connect()


def plain(value: Any, depth: int = 0) -> Any:
    """A value as JSON has it: tuples as lists, sets sorted, bytes as text; anything else as None."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if depth > MOST_DEPTH:
        return None
    if type(value) in (list, tuple):
        return [plain(item, depth + 1) for item in value]
    if type(value) in (set, frozenset):
        return sorted((plain(item, depth + 1) for item in value), key=repr)
    if type(value) is bytes:
        return value.decode(errors="replace")
    if type(value) is dict:
        return {str(plain(key, depth + 1)): plain(item, depth + 1) for key, item in value.items()}
    # An enum that is a text, as RQ's JobStatus is; of its class nothing is asked.
    return str.__str__(value.value) if isinstance(value, str) and hasattr(value, "value") else None


def describe(error: BaseException, files: str) -> dict[str, str]:
    """An exception in words, with the lines of the answer's own files that it passed."""
    lines = []
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename.startswith(files):
            lines.append(f"{Path(frame.filename).name}, line {frame.lineno}: {frame.line}")
    if isinstance(error, SyntaxError) and error.filename:
        lines.append(f"{Path(error.filename).name}, line {error.lineno}: {(error.text or '').strip()}")
    return {"type": type(error).__name__, "text": str(error)[:500], "lines": "\n".join(lines[-6:])[:2000]}


def main() -> None:
    """Connect to the box, say "ready", and serve."""
    control = socket.socket(socket.AF_UNIX)
    control.connect(sys.argv[1])
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    linecache.checkcache()
    httpx.Client(transport=httpx.HTTPTransport(uds="nowhere")).close()  # the first one imports much, and wakes OpenSSL
    gc.collect()
    gc.freeze()  # children share these pages until they write
    zygote = Zygote(control, Path(sys.argv[2]))
    zygote.tell(id=0, ready=True)
    try:
        zygote.serve()
    finally:
        end_all(set(zygote.children.values()), 0)


if __name__ == "__main__":
    main()
