"""A private Redis-protocol server on the loopback interface: start, kill -9, start again."""

from __future__ import annotations

import secrets
import signal
import socket
import time
from pathlib import Path

from workbook.bench.binary import FoundServer, find_binary
from workbook.errors import BenchError
from workbook.keeper.keeper import Keeper, Process

START_SECONDS = 60.0
PORT_TRIES = 5


class PrivateServer:
    """A server of our own with a random password; it ends with its keeper.

    `appendonly` switches the append-only file: with it, a killed server comes back with its jobs. The port is chosen
    at the first start and kept, so that `url` stays true over `kill` and `start`.
    """

    def __init__(self, keeper: Keeper, name: str = "server", appendonly: bool = True) -> None:
        self.found: FoundServer = find_binary()
        self.folder: Path = keeper.new_folder(name)
        self.appendonly = appendonly
        self._keeper = keeper
        # RQ unpickles what it reads: an open loopback port would let any local user run code as this one.
        self._password = secrets.token_urlsafe(18)
        self._port = 0
        self._process: Process | None = None
        self.start()

    @property
    def url(self) -> str:
        """redis://…, with the password: give it to clients, do not print it."""
        return f"redis://:{self._password}@127.0.0.1:{self._port}/0"

    @property
    def running(self) -> bool:
        """True while the server's process lives."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        """The process id of the server that was started last."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        """What the server has printed since its first start."""
        return self._process.log if self._process else ""

    def start(self) -> None:
        """Start the server and return when it answers. BenchError, with the end of its log, when it does not."""
        if self.running:
            return
        # Somebody may take a free port before the server does; a port once used is kept, as clients know it.
        for _ in range(1 if self._port else PORT_TRIES):
            port = self._port or free_port()
            if self._try_start(port):
                self._port = port
                return
            if "in use" not in self.log:
                break
        raise BenchError(f"The server {self.found.path} did not start; the end of its log:\n{self.log[-600:]}")

    def kill(self) -> None:
        """SIGKILL, the end that no program can prepare for."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM: the server ends in order."""
        self._end(signal.SIGTERM)

    def __repr__(self) -> str:
        return f"PrivateServer({'running' if self.running else 'stopped'})"

    def _end(self, number: int) -> None:
        if self._process:
            self._process.send_signal(number)
            self._process.wait(30)

    def _try_start(self, port: int) -> bool:
        # Paths are relative to the server's folder, so that no name needs quoting in its configuration.
        settings = {
            "bind": "127.0.0.1",
            "port": port,
            "requirepass": self._password,
            "save": '""',
            "appendonly": "yes" if self.appendonly else "no",
            "maxmemory-policy": "noeviction",
            "logfile": '""',
            "daemonize": "no",
        }
        config, log = self.folder / "server.conf", self.folder / "server.log"
        config.touch(mode=0o600)
        config.write_text("".join(f"{name} {value}\n" for name, value in settings.items()), encoding="utf-8")
        assert self.found.path is not None
        self._process = self._keeper.spawn(
            [self.found.path, "server.conf"], env={"LC_ALL": "C"}, cwd=self.folder, log=log
        )
        return self._answers(port)

    def _answers(self, port: int) -> bool:
        """Wait for a PONG; False when the server's process ends first."""
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        hello = f"AUTH {self._password}\r\nPING\r\n".encode()
        pause = 0.001
        while time.monotonic() < deadline and self._process.returncode is None:
            try:
                with socket.create_connection(("127.0.0.1", port), 1) as probe:
                    probe.sendall(hello)
                    answer = b""
                    while answer.count(b"\n") < 2 and (more := probe.recv(100)):  # the second may be -LOADING
                        answer += more
                if answer == b"+OK\r\n+PONG\r\n":  # it knows our password, so it is our server
                    return True
            except OSError:
                pass
            time.sleep(pause)
            pause = min(pause * 1.5, 0.005)
        self._end(signal.SIGKILL)
        return False


def free_port() -> int:
    """A loopback TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
