"""The kernel's side of the keeper: start processes that cannot outlive this one.

The process itself is `keeper_main.py`; read there why it is built as it is.
"""

from __future__ import annotations

import errno
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workbook.errors import CLOSED, BenchError
from workbook.keeper.lines import Lines, as_line
from workbook.wait import wait_until

PACKAGE_ROOT = Path(__file__).parents[2]
# Without `site`, which would cost more than the rest; what is imported here imports the standard library only.
KEEPER_PROGRAM = "import sys; sys.path.append(sys.argv.pop(1)); from workbook.keeper.keeper_main import main; main()"
START_SECONDS = 10.0
ANSWER_SECONDS = 20.0
CLOSE_SECONDS = 15.0
# The path of a unix socket may have 103 bytes on macOS and 107 on Linux; TMPDIR may leave little of it.
SOCKET_PATH_BYTES = 100
SOCKET_NAME_BYTES = 30
SHORT_TEMP_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm")
_open_keepers: weakref.WeakSet[Keeper] = weakref.WeakSet()


class Keeper:
    """One keeper process with a scratch folder; whatever it spawned ends with it, and so does the folder."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.gettempdir()).resolve() / f"rq-workbook-{secrets.token_hex(6)}"
        self._socket_folder = self.folder if fits_sockets(self.folder) else short_folder()
        folders = [self.folder] if self._socket_folder in (self.folder, None) else [self.folder, self._socket_folder]
        self._lock = threading.Lock()
        self._last_id = 0
        self._lines, self._answers = Lines(), deque[dict[str, Any]]()
        try:
            self._control, self._process = self._start_process(folders)
        except OSError as error:
            to_do = "; raise the limit (`ulimit -n 1024`) and start again" if error.errno == errno.EMFILE else ""
            raise BenchError(f"The bench cannot be opened: {error.strerror}{to_do}.") from None
        _open_keepers.add(self)
        try:
            self._read_answer(time.monotonic() + START_SECONDS)  # "the folder is there", or the end of the keeper
        except OSError:
            self.close()
            raise BenchError(
                f"The scratch folder {self.folder} cannot be made; is {self.folder.parent} full?"
            ) from None
        except BaseException:
            self.close()
            raise

    def _start_process(self, folders: list[Path]) -> tuple[socket.socket, subprocess.Popen[bytes]]:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                return ours, subprocess.Popen(
                    [
                        *(sys.executable, "-I", "-S", "-c", KEEPER_PROGRAM, str(PACKAGE_ROOT)),
                        *(str(theirs.fileno()), *map(str, folders)),
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,  # a notebook's interrupt goes to the kernel's group and must not reach it
                )
            except BaseException:
                ours.close()
                raise

    def spawn(
        self, argv: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path, gentle: bool = False
    ) -> Process:
        """Start a program (argv[0] is a path) that ends at the latest with this process.

        Its output goes to `log`. At the end it is killed, unless `gentle`: then it gets SIGTERM after all others are
        gone, and three seconds; SIGTERM is blocked when it starts, so that one that comes early is not lost: it has to
        unblock it. Raises BenchError when it cannot be started.
        """
        answer = self._ask(op="spawn", argv=list(argv), env=dict(env), cwd=str(cwd), log=str(log), gentle=gentle)
        if "error" in answer:
            raise BenchError(f"{argv[0]} cannot be started: {answer['error']}.")
        return Process(self, answer["pid"], list(argv), log)

    def new_folder(self, name: str) -> Path:
        """Make a folder, readable by us only, whose name begins with `name`, in the scratch folder."""
        try:
            return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder))
        except FileNotFoundError:
            raise BenchError(CLOSED) from None

    def socket_path(self, name: str) -> Path:
        """The path for a unix socket called `name`, short enough for the system however long the path of TMPDIR is.

        It lies in the scratch folder, or in a private one below /tmp that is removed with it.
        """
        if not self._socket_folder:
            raise BenchError(
                f"The path of the scratch folder {self.folder} is too long for a socket; set TMPDIR to a folder with "
                "a shorter path."
            )
        assert len(os.fsencode(name)) <= SOCKET_NAME_BYTES
        return self._socket_folder / name

    def close(self) -> None:
        """End everything that was spawned, remove the folder, and wait until that is done. May be called twice."""
        self._control.close()
        _open_keepers.discard(self)
        try:
            self._process.wait(CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            raise BenchError(
                f"The keeper process {self._process.pid} did not end within {CLOSE_SECONDS:g} s; "
                "look at what it waits for with: ps -ef --forest"
            ) from None

    @property
    def closed(self) -> bool:
        """True once `close` was called."""
        return self._control.fileno() == -1

    @property
    def pids(self) -> dict[str, int]:
        """The process ids of keeper and guard, for whoever wants to know whether they live."""
        return {"guard": self._process.pid, "keeper": self._ask(op="who")["pid"]}

    def _ask(self, **request: object) -> dict[str, Any]:
        """Send one request and return its answer; BenchError when none comes."""
        with self._lock:
            self._last_id += 1
            request["id"] = self._last_id
            deadline = time.monotonic() + ANSWER_SECONDS
            try:
                self._control.settimeout(ANSWER_SECONDS)
                self._control.sendall(as_line(request))
                # An interrupt may have left the answer to an earlier request unread.
                while (answer := self._read_answer(deadline))["id"] != self._last_id:
                    pass
            except TimeoutError:
                raise BenchError(
                    f"The keeper process {self._process.pid} has not answered for {ANSWER_SECONDS:g} s: it was "
                    "stopped, or the machine is overloaded; restart the kernel."
                ) from None
            except OSError:
                raise BenchError(CLOSED) from None
            return answer

    def _read_answer(self, deadline: float) -> dict[str, Any]:
        while not self._answers:
            self._control.settimeout(max(0.001, deadline - time.monotonic()))
            data = self._control.recv(1 << 16)
            if not data:
                raise ConnectionResetError
            self._answers.extend(self._lines.take_in(data))
        return self._answers.popleft()


def fits_sockets(folder: Path) -> bool:
    """Whether the sockets in a folder have paths that the system accepts."""
    return len(os.fsencode(folder)) + 1 + SOCKET_NAME_BYTES <= SOCKET_PATH_BYTES


def short_folder() -> Path | None:
    """A new name for a folder whose path is short; None where no temp folder with a short path can be written."""
    for parent in SHORT_TEMP_FOLDERS:
        if os.access(parent, os.W_OK | os.X_OK):
            return Path(parent) / f"rq-workbook-{secrets.token_hex(6)}"
    return None


def _forget_in_child() -> None:
    """A fork of the kernel (a work-horse, say) must not hold the control sockets open after the kernel's death."""
    for keeper in list(_open_keepers):
        keeper._control.close()


os.register_at_fork(after_in_child=_forget_in_child)


class Process:
    """A program that the keeper started. It is signalled by its parent only, so never by a reused pid."""

    def __init__(self, keeper: Keeper, pid: int, argv: list[str], log: Path) -> None:
        self._keeper = keeper
        self.pid, self.argv, self.log_path = pid, argv, log

    @property
    def returncode(self) -> int | None:
        """The exit code, -N when signal N killed it, None while it runs."""
        return self._keeper._ask(op="status", pid=self.pid)["returncode"]

    @property
    def log(self) -> str:
        """What it has printed until now."""
        return self.log_path.read_text(encoding="utf-8", errors="replace") if self.log_path.exists() else ""

    def send_signal(self, number: int) -> None:
        """Signal the process; one that has ended already is left in peace."""
        self._keeper._ask(op="signal", pid=self.pid, signal=number)

    def kill(self) -> None:
        """SIGKILL, as `kill -9` does, and wait until it is dead."""
        self.send_signal(signal.SIGKILL)
        self.wait()

    def wait(self, timeout: float = 10.0) -> int:
        """Wait for the end and return the exit code; BenchTimeout after `timeout` seconds."""
        wait_until(lambda: self.returncode is not None, timeout, f"the end of process {self.pid} ({self.name})")
        returncode = self.returncode
        assert returncode is not None
        return returncode

    @property
    def name(self) -> str:
        """The program's file name."""
        return Path(self.argv[0]).name
