"""Web servers for the experiments: the reader's own API."""

from __future__ import annotations

import itertools
import re
import signal
import sys
from pathlib import Path

from workbook.bench.rq_command import child_environment, tail
from workbook.errors import BenchError
from workbook.keeper.keeper import Keeper
from workbook.wait import wait_until

_numbers = itertools.count(1)


class WebServer:
    """An ASGI app served in a process of its own, on loopback."""

    def __init__(self, keeper: Keeper, redis_url: str, modules: Path, app: str, threads: int) -> None:
        self.app = app
        self.process = keeper.spawn(
            [sys.executable, "-m", "workbook.bench.serve", app, str(threads)],
            env=child_environment(redis_url, modules),
            cwd=modules,
            log=keeper.folder / f"web-{next(_numbers)}.log",
        )
        self.url = f"http://127.0.0.1:{self._wait_for_port()}"

    @property
    def running(self) -> bool:
        """True while the server's process lives."""
        return self.process.returncode is None

    @property
    def log(self) -> str:
        """What the server has printed."""
        return self.process.log

    def kill(self) -> None:
        """SIGKILL, as `kill -9` does: what its threads were doing is gone."""
        self.process.kill()

    def stop(self) -> None:
        """SIGTERM, and wait for the end."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    def __repr__(self) -> str:
        return f"uvicorn {self.app}: {'running' if self.running else 'ended'}"

    def _wait_for_port(self) -> int:
        def printed() -> re.Match[str] | bool | None:
            return re.search(r"^port (\d+)$", self.log, re.MULTILINE) or not self.running

        found = wait_until(printed, 60, f"the start of {self.app}")
        if not isinstance(found, re.Match):
            raise BenchError(f"`uvicorn {self.app}` ended at once:\n{tail(self.log)}")
        return int(found[1])
