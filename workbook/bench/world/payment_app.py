"""A payment provider on a unix socket, with faults that strike at an exact instant: `python -m … SOCKET [PID]`.

POST /charges   {"order": …}, header Idempotency-Key optional: books the charge, 201; a known key is booked once, 200
PUT  /plan      ["503", …]: the fault of each of the next charges, in order; an empty string is no fault
PUT  /down      true or false: while true, every charge is answered 503
POST /release   answers the charges that hang
PUT  /clear     forgets every call, key and fault
GET  /calls     every charge that was asked for, with what became of it, in the order of arrival

Faults kill, or ring, descendants of PID only (of this process's parent, if no PID is given), so a stranger is safe.

A unix socket, because the kernel tells its server who is calling: the caller can be killed between two lines of this
file, without a hook in the caller's code.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socketserver
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler
from typing import Any

from workbook.bench.world.caller import Held, caller_of, parent_of

FAULTS = (
    "",
    "503",
    "hang",
    "job times out",
    "lose the answer",
    "kill before booking",
    "kill after booking",
    "kill worker",
    "kill worker and horse before booking",
    "kill worker and horse after booking",
)
PAUSE_SECONDS = 0.01
NOT_OURS = "only a process of the bench can be hit by this fault; this call came from another one"


class Ledger:
    """What the provider knows: every call, the keys it has booked, and the faults to come."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.releases: list[threading.Event] = []
        self.calls: list[dict[str, Any]] = []
        self.orders_by_key: dict[str, str] = {}
        self.plan: list[str] = []
        self.down = False
        self._start = time.monotonic()

    def arrive(self, order: str, key: str | None) -> tuple[dict[str, Any], str]:
        """Note a call; returns its line in the book and the fault that was planned for it."""
        with self.lock:
            fault = self.plan.pop(0) if self.plan else "503" if self.down else ""
            call = {"order": order, "key": key, "outcome": "waits", "at": time.monotonic() - self._start}
            self.calls.append(call)
            return call, fault

    def hold(self) -> threading.Event:
        """The event that the next `release` sets."""
        with self.lock:
            self.releases.append(threading.Event())
            return self.releases[-1]

    def release(self) -> None:
        """Let go of every charge that hangs now."""
        with self.lock:
            while self.releases:
                self.releases.pop().set()

    def clear(self) -> None:
        """Be as new."""
        self.release()
        with self.lock:
            self.calls, self.orders_by_key, self.plan, self.down = [], {}, [], False
            self._start = time.monotonic()

    def book(self, call: dict[str, Any]) -> int:
        """Book a charge, once a key; returns the HTTP status."""
        key, order = call["key"], call["order"]
        with self.lock:
            if key in self.orders_by_key:
                same = self.orders_by_key[key] == order
                call["outcome"] = "known key" if same else "refused: the key belongs to another order"
                return 200 if same else 422
            if key is not None:
                self.orders_by_key[key] = order
            call["outcome"] = "booked"
            return 201


ledger = Ledger()


class Handler(BaseHTTPRequestHandler):
    """One request a connection (HTTP/1.0), each in a thread of its own."""

    def do_POST(self) -> None:
        """A charge, or the release of those that hang."""
        if self.path == "/release":
            ledger.release()
            return self.answer(200)
        order = str(self.read_json()["order"])
        call, fault = ledger.arrive(order, self.headers.get("Idempotency-Key"))
        if fault.startswith(("kill", "job times out")) and not self.hold_victims():
            call["outcome"] = "refused: " + NOT_OURS
            return self.answer(409, NOT_OURS)
        if fault == "503":
            call["outcome"] = "503"
            return self.answer(503, "the payment provider is down")
        if fault == "job times out":
            self.ring()
        if fault in ("hang", "job times out") and not self.hang():
            call["outcome"] = "the caller gave up"
            return None
        if fault.endswith("before booking"):
            call["outcome"] = "killed before booking"
            return self.kill(fault)
        status = ledger.book(call)
        if fault.endswith("after booking"):
            return self.kill(fault)
        if fault == "kill worker":
            self.kill(fault)
        if fault != "lose the answer":
            self.answer(status)
        return None

    def do_PUT(self) -> None:
        """The faults of the next charges, the switch, or a new book."""
        if self.path == "/clear":
            ledger.clear()
            return self.answer(200)
        value = self.read_json()
        with ledger.lock:
            if self.path == "/plan":
                ledger.plan = list(value)
            else:
                ledger.down = bool(value)
        return self.answer(200)

    def do_GET(self) -> None:
        """The book."""
        with ledger.lock:
            self.answer(200, ledger.calls)

    def hang(self) -> bool:
        """Keep the caller waiting; True when it was released, False when it gave up or died before."""
        self.connection.settimeout(PAUSE_SECONDS)
        released = ledger.hold()
        while not released.is_set():
            with contextlib.suppress(TimeoutError):
                if not self.connection.recv(1):
                    return False
        self.connection.settimeout(None)
        return True

    def ring(self) -> None:
        """SIGALRM to the caller, which is how RQ lets a work-horse know that its `job_timeout` is over."""
        self.victims[0].send(signal.SIGALRM)

    def hold_victims(self) -> bool:
        """Hold the caller and its parents as far as they belong to the bench, the worker last; False for a stranger.

        The bench's keeper is this process's parent, so whoever descends from it may be killed, and nobody else: a
        charge from the notebook's own kernel must not end the notebook.
        """
        keeper = int(sys.argv[2]) if len(sys.argv) > 2 else os.getppid()
        process = caller_of(self.connection)
        while process and process.pid != keeper:
            self.victims.append(process)
            process = parent_of(process) if process.pid > 1 else None
        if process:
            process.close()
        return bool(process and self.victims)

    def setup(self) -> None:
        """Nobody is held yet."""
        super().setup()
        self.victims: list[Held] = []

    def finish(self) -> None:
        """Let go of whom was held for a fault."""
        for process in self.victims:
            process.close()
        super().finish()

    def kill(self, fault: str) -> None:
        """SIGKILL the caller, its worker, or both; the worker first, or it would see its work-horse die."""
        caller, worker = self.victims[0], self.victims[-1]
        chosen = [worker] if fault == "kill worker" else [worker, caller] if "worker" in fault else [caller]
        for process in chosen:
            process.send(signal.SIGKILL)

    def read_json(self) -> Any:
        """The request's body."""
        return json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def answer(self, status: int, body: object = None) -> None:
        """Send an answer; a caller that is gone does not hear it."""
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

    def log_message(self, *arguments: object) -> None:
        """The book is the log."""


class Server(socketserver.ThreadingUnixStreamServer):
    """Threads end with the process; a burst of callers waits in the backlog."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that is killed while it talks is what this provider is for."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


if __name__ == "__main__":
    with Server(sys.argv[1], Handler) as server:
        server.serve_forever()
