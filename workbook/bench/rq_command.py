"""Real `rq …` command lines against the bench's server: run to their end, or started and left running."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import secrets
import shlex
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from redis import Redis
from redis.exceptions import RedisError

from workbook import rq_keys
from workbook.errors import BenchError
from workbook.keeper.keeper import Keeper, Process
from workbook.wait import wait_until

LOG_TAIL_LINES = 8
START_SECONDS = 60.0  # for a machine that is busy: a worker takes half a second
HEEDED_SECONDS = 1.0  # what a worker mostly takes for its end
READY = (b"idle", b"busy", b"suspended")
_numbers = itertools.count(1)


@dataclass(frozen=True)
class FinishedCommand:
    """What an `rq` command left: `command` as typed, its exit code, all it printed, and the process id that it had."""

    command: str
    returncode: int
    log: str
    pid: int

    def __repr__(self) -> str:
        return f"rq {self.command}: {describe_end(self.returncode)}"


class RunningCommand:
    """An `rq` command that is running, a worker mostly."""

    def __init__(self, command: str, process: Process, worker_name: str | None, url: str) -> None:
        self.command, self.process, self.worker_name, self._url = command, process, worker_name, url
        self._worker_key = rq_keys.worker(worker_name or "")

    @property
    def pid(self) -> int:
        """The process id, as `ps` shows it."""
        return self.process.pid

    @property
    def log(self) -> str:
        """What it has printed until now."""
        return self.process.log

    @property
    def returncode(self) -> int | None:
        """The exit code, -N when signal N killed it, None while it runs."""
        return self.process.returncode

    def was_ready(self, client: Redis) -> bool:
        """Whether this worker has come to look for jobs, by its own word; it may have ended since.

        Registered is not ready: RQ installs its signal handlers later, and a SIGTERM before that just kills it.
        """
        state, pid = client.hmget(self._worker_key, "state", "pid")
        return state in READY and pid == str(self.pid).encode()  # not that of an earlier worker with this name

    def stop(self, timeout: float = 30.0) -> int:
        """SIGTERM: a worker finishes the job at hand, then ends (a warm shutdown). Returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        told = time.monotonic()

        def ended() -> bool:
            nonlocal told
            if self.process.returncode is None and time.monotonic() > told + HEEDED_SECONDS:
                told = time.monotonic()
                self._wake()
            return self.process.returncode is not None

        wait_until(ended, timeout, f"the end of `rq {self.command}`")
        return self.process.wait(timeout)

    def _wake(self) -> None:
        """End the blocking read of an idle worker, as if the time that it was to wait for a job were over.

        A signal that comes just before a blocking read is handled when that returns, and an idle worker reads for
        minutes. A second signal would be no remedy: a worker that has heard the first dies of it, in the middle of its
        end. To be woken does no harm: a worker that was not told to end reads on.
        """
        with contextlib.suppress(psutil.Error, RedisError), Redis.from_url(self._url) as client:
            if client.hget(self._worker_key, "state") not in (b"idle", "idle"):
                return  # a job may read from Redis, too
            ours = {f"{end.laddr.ip}:{end.laddr.port}" for end in psutil.Process(self.pid).net_connections("inet")}
            for other in client.client_list():
                if re.sub(r"[\[\]]", "", other["addr"]) in ours:  # an IPv6 address stands in brackets there
                    client.client_unblock(int(other["id"]))

    def kill(self) -> None:
        """SIGKILL, as `kill -9` does. A work-horse that is busy lives on: it is another process."""
        self.process.kill()

    def wait(self, timeout: float = 30.0) -> int:
        """Wait for its end and return the exit code; BenchTimeout after `timeout` seconds."""
        return self.process.wait(timeout)

    def __repr__(self) -> str:
        returncode = self.returncode
        return f"rq {self.command}: {'running' if returncode is None else describe_end(returncode)}"


def start(keeper: Keeper, client: Redis, url: str, modules: Path, command: str) -> RunningCommand:
    """Start `rq COMMAND`; a worker is returned once it looks for jobs."""
    words = shlex.split(command)
    worker_name = None
    if words[:1] == ["worker"]:
        # RQ's channels ignore database numbers, so names are unique over all notebooks.
        worker_name = option_value(words, "--name", "-n") or f"worker-{secrets.token_hex(4)}"
        if option_value(words, "--name", "-n") is None:
            words[1:1] = ["--name", worker_name]
    process = keeper.spawn(
        [sys.executable, "-m", "rq.cli", *words],
        env=child_environment(url, modules),
        cwd=modules,
        log=keeper.folder / f"rq-{next(_numbers)}.log",
    )
    running = RunningCommand(command, process, worker_name, url)
    if worker_name and "--burst" not in words and "-b" not in words:
        try:
            wait_until(
                lambda: running.was_ready(client) or process.returncode is not None,
                START_SECONDS,
                f"the start of `rq {command}`",
            )
        except BaseException:
            process.kill()  # or it would take jobs unseen
            raise
        # One that was ready may have ended by now: its first job may kill it.
        if process.returncode and not running.was_ready(client):
            raise BenchError(f"`rq {command}` ended at once ({describe_end(process.returncode)}):\n{tail(process.log)}")
    return running


def child_environment(url: str, modules: Path) -> dict[str, str]:
    """The environment of workers and web servers: ours, with the server's URL and the reader's modules on the path.

    The URL, which holds the password, goes by the environment because everybody may read a command line.
    """
    # PYTHON* and RQ_* of the reader's shell would change what runs.
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "RQ_"))}
    # A proxy in the reader's settings is for the internet; what the course calls is on this machine.
    env["NO_PROXY"] = env["no_proxy"] = "127.0.0.1,localhost"
    # The package comes last on the path, for the worker classes that it brings.
    path = f"{modules}{os.pathsep}{Path(__file__).parents[2]}"
    env |= {"RQ_REDIS_URL": url, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
    if sys.platform == "darwin":  # the default worker forks, which macOS's frameworks answer with a crash
        env["RQ_WORKER_CLASS"] = "rq.worker.SpawnWorker"
    return env


def option_value(words: list[str], *names: str) -> str | None:
    """The value given to an option in `words` ("--name w1" or "--name=w1"), or None."""
    for here, following in itertools.zip_longest(words, words[1:], fillvalue=""):
        if here in names:
            return following
        for name in names:
            if name.startswith("--") and here.startswith(f"{name}="):
                return here.partition("=")[2]
    return None


def describe_end(returncode: int) -> str:
    """How a process ended, in words."""
    return f"killed by signal {-returncode}" if returncode < 0 else f"exit code {returncode}"


def tail(log: str) -> str:
    """The last lines of a log."""
    return "\n".join(log.splitlines()[-LOG_TAIL_LINES:])
