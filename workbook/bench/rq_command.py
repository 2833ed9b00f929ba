"""Real `rq …` command lines against the bench's server: run to their end, or started and left running."""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import shlex
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from workbook.errors import BenchError, BenchTimeout
from workbook.keeper.keeper import Keeper, Process
from workbook.wait import wait_until

LOG_TAIL_LINES = 8
HEEDED_SECONDS = 2.0  # RQ takes a second at most; a second signal within one would be passed over
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

    def stop(self, timeout: float = 30.0) -> int:
        """SIGTERM: a worker finishes the job at hand, then ends (a warm shutdown). Returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(BenchTimeout):
            return self.process.wait(min(timeout, HEEDED_SECONDS))
        # A signal that comes just before a blocking read is handled when that returns, and an idle worker reads for
        # minutes. Told again while it reads, it heeds at once.
        if self._is_idle():
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout)

    def _is_idle(self) -> bool:
        """Whether this is a worker that waits for a job, by its own word."""
        with Redis.from_url(self._url) as client, contextlib.suppress(RedisError):
            return bool(self.worker_name) and client.hget(f"rq:worker:{self.worker_name}", "state") == b"idle"
        return False

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
        # Registered is not ready: RQ installs its signal handlers later, and a SIGTERM before that just kills it.
        try:
            wait_until(
                lambda: client.hget(f"rq:worker:{worker_name}", "state") in READY or process.returncode is not None,
                20,
                f"the start of `rq {command}`",
            )
        except BaseException:
            process.kill()  # or it would take jobs unseen
            raise
        if process.returncode:
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
