"""The warm parent of a box: forks the processes that run an answer, so that none of them has to import RQ first.

It has one thread, holds no check and no secret, and obeys orders (one JSON object a line) over a unix socket:

    {"id": 1, "op": "call" or "work", "files": …, …}  →  {"id": 1, "pid": …}, and at its end {"id": 1, "ended": code}
    {"id": 1, "op": "kill"}                           kills the process of order 1
    {"id": 2, "op": "sweep"}                          →  {"id": 2, "swept": true}, when no process is left

With an order to start something come two file descriptors, the ends of pipes: into the first the child writes what a
call gave, into the second what it prints. All of that is the answer's word: whoever reads it must not trust it.
Processes that the answer leaves behind fall to this one, a child subreaper.
"""

from __future__ import annotations

import contextlib
import gc
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
from typing import Any

# Imported for the children: what an answer is likely to use is there when it is forked.
import httpx
import rq.cron
import rq.intermediate_queue
import rq.results  # noqa: F401

from .calls import call, connect, describe
from .lines import Lines, as_line
from .reaping import PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG, end_all, prctl
from .workers import work

REPLY_BYTES = 200_000
MOST_DESCRIPTORS = 64
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGPIPE)


class Zygote:
    """Obeys the orders of one box until its socket closes."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.children: dict[int, int] = {}
        self.pipes: list[int] = []

    def serve(self) -> None:
        """Answer orders, and tell of every child that ends."""
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_read, False)
        os.set_blocking(wake_write, False)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        orders = Lines()
        doors: list[socket.socket | int] = [self.control, wake_read]
        while True:
            ready, _, _ = select.select(doors, [], [])
            if wake_read in ready:
                os.read(wake_read, 4096)
                self.reap()
            if self.control in ready:
                data, pipes, _, _ = socket.recv_fds(self.control, 1 << 16, MOST_DESCRIPTORS)
                if not data:
                    return
                self.pipes += pipes
                for order in orders.take_in(data):
                    self.obey(order)

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
            reply, output = self.pipes.pop(0), self.pipes.pop(0)
            pid = os.fork()
            if pid == 0:
                become_child(order, reply, output, self.control)
            os.close(reply)
            os.close(output)
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
        self.control.sendall(as_line(answer))


def become_child(order: dict[str, Any], reply: int, output: int, control: socket.socket) -> None:
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
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
        set_limits()
        os.chdir(order["files"])
        sys.path.insert(0, order["files"])
        logging.disable(logging.INFO)
        fix_dice(order["seed"])
        write(reply, {"call": call, "work": work}[order["op"]](order))
        code = 0
    except BaseException as error:
        with contextlib.suppress(Exception):
            write(reply, {"raised": describe(error, order["files"])})
        code = 0
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def write(reply: int, value: dict[str, Any]) -> None:
    """Write what a call gave, to its end; of a value that is too long, its type only."""
    data = json.dumps(value).encode()
    if len(data) > REPLY_BYTES:
        data = json.dumps({"type": value.get("type"), "value": None, "too_long": True}).encode()
    while data:
        data = data[os.write(reply, data) :]


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
    """Bound what an answer can take from the machine, as the box has it."""
    told = json.loads(os.environ["BOX_LIMITS"])
    limits = {
        resource.RLIMIT_AS: told["memory"],
        resource.RLIMIT_FSIZE: told["file"],
        resource.RLIMIT_CORE: 0,
    }
    for limit, most in limits.items():
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (most, most))


def warm_up() -> None:
    """Do once what the first use in each child would do again: it takes half of a worker's time."""
    httpx.Client(transport=httpx.HTTPTransport(uds="nowhere")).close()  # imports much, and wakes OpenSSL
    with connect() as client:  # redis-py looks through all installed packages for its own version
        client.ping()


def main(address: str) -> None:
    """Connect to the box, say "ready", and serve."""
    control = socket.socket(socket.AF_UNIX)
    control.connect(address)
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    linecache.checkcache()
    warm_up()
    gc.collect()
    gc.freeze()  # children share these pages until they write
    zygote = Zygote(control)
    zygote.tell(id=0, ready=True)
    try:
        zygote.serve()
    finally:
        end_all(set(zygote.children.values()), 0)
