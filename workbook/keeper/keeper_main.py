"""The keeper process: parent of every server and worker of one notebook, and the end of them all.

Run by `workbook.keeper.keeper` as `python -I -S -c … ROOT CONTROL_FD FOLDER...` (few imports: it must start in
milliseconds). It makes each FOLDER, says so, obeys requests (one JSON object a line) and, when the control socket
closes, kills every descendant and removes each FOLDER.

Two processes watch each other, so that no single `kill -9` leaves anything behind:

    notebook kernel ──control socket── keeper ──┬── valkey-server
                          guard (its parent) ┘  ├── rq worker ── work-horse
                                                └── …

* the kernel dies: the socket closes, the keeper ends everything;
* the keeper dies: its children die with it (parent-death signal), theirs fall to the guard, which ends them;
* the guard dies: the keeper is told by its own parent-death signal and ends everything.

Both are "child subreapers": a process whose parent dies becomes their child, not init's. A work-horse has its own
process group and outlives its worker, so that killing process groups would not be enough.
"""

from __future__ import annotations

import mmap
import os
import select
import signal
import struct
import sys
from typing import Any

from workbook.keeper.lines import Lines, as_line
from workbook.keeper.reaping import PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG, end_all, prctl, reap


def make_folders(folders: list[str]) -> None:
    """Make the scratch folders, readable by us only: all of them, or none and OSError."""
    made = []
    try:
        for folder in folders:
            os.mkdir(folder, 0o700)
            made.append(folder)
    except OSError:
        remove_folders(made)
        raise


def remove_folders(folders: list[str]) -> None:
    """Remove the scratch folders and all in them; what cannot be removed is left without a word."""
    import shutil  # imported late: it costs more than the rest of the keeper's start

    os.chdir("/")
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def spawn(argv: list[str], env: dict[str, str], cwd: str, log: str, gentle: bool) -> int:
    """Start a program in its own session, output into `log`, that dies with this process. Returns its pid.

    Raises OSError when it cannot be executed.
    """
    keeper = os.getpid()
    failed_read, failed_write = os.pipe()  # closed by a successful exec; carries errno otherwise
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            prctl(PR_SET_PDEATHSIG, signal.SIGTERM if gentle else signal.SIGKILL)
            if os.getppid() != keeper:  # it died between fork and prctl
                os._exit(1)
            output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            nothing = os.open(os.devnull, os.O_RDONLY)
            os.dup2(nothing, 0)
            os.dup2(output, 1)
            os.dup2(output, 2)
            os.chdir(cwd)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            if gentle:  # a SIGTERM that comes before it can give back what it holds waits until it can
                signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
            os.execve(argv[0], argv, env)
        except OSError as error:
            os.write(failed_write, struct.pack("i", error.errno or 1))
        finally:
            os._exit(127)
    os.close(failed_write)
    with os.fdopen(failed_read, "rb") as pipe:
        failure = pipe.read()
    if failure:
        reap(pid)
        number = struct.unpack("i", failure)[0]
        raise OSError(number, os.strerror(number))
    return pid


def tell(control: int, answer: dict[str, Any]) -> None:
    """Send one answer to the kernel."""
    data = as_line(answer)
    while data:
        data = data[os.write(control, data) :]


class Keeper:
    """Obeys the requests of one kernel: spawn, signal, status."""

    def __init__(self, control: int, shared: mmap.mmap) -> None:
        self.control, self.shared = control, shared
        self.running: set[int] = set()
        self.ended: dict[int, int] = {}
        self.told_to_end = False

    def serve(self) -> None:
        """Answer requests until the control socket closes or SIGTERM comes."""
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_read, False)
        os.set_blocking(wake_write, False)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self.end_soon)
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        lines = Lines()
        while not self.told_to_end:
            ready, _, _ = select.select([self.control, wake_read], [], [])
            if wake_read in ready:
                os.read(wake_read, 4096)
                self.reap_ended()
            if self.control in ready:
                data = os.read(self.control, 1 << 16)
                if not data:
                    return
                for request in lines.take_in(data):
                    answer = {"id": request["id"], **self.answer(request)}
                    tell(self.control, answer)

    def end_soon(self, *_: object) -> None:
        """SIGTERM, also sent by the system when the guard has died."""
        self.told_to_end = True

    def reap_ended(self) -> None:
        """Collect ended children, adopted ones too, and keep the exit codes of those we started."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in self.running:
                self.running.discard(pid)
                self.ended[pid] = os.waitstatus_to_exitcode(status)

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Carry out one request; the answer is a JSON object, {"error": …} when it failed."""
        self.reap_ended()
        if request["op"] == "spawn":
            try:
                pid = spawn(request["argv"], request["env"], request["cwd"], request["log"], request["gentle"])
            except OSError as error:
                return {"error": error.strerror}
            self.running.add(pid)
            self.ended.pop(pid, None)  # of an earlier process with this pid
            if request["gentle"]:
                self.shared[:4] = struct.pack("i", pid)
            return {"pid": pid}
        if request["op"] == "who":
            return {"pid": os.getpid()}
        pid = request["pid"]
        if request["op"] == "signal" and pid in self.running:
            os.kill(pid, request["signal"])
        return {"returncode": self.ended.get(pid)}


def main() -> None:
    """Fork into guard (parent) and keeper (child); both end with everything ended."""
    control, folders = int(sys.argv[1]), sys.argv[2:]
    os.set_inheritable(control, False)
    make_folders(folders)
    tell(control, {"id": 0})
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    shared = mmap.mmap(-1, 4)  # the pid of the releasing process, known to keeper and guard
    keeper_pid = os.fork()
    if keeper_pid == 0:
        prctl(PR_SET_CHILD_SUBREAPER, 1)  # not inherited by fork
        keeper = Keeper(control, shared)
        try:
            keeper.serve()
        except (ConnectionError, BrokenPipeError):
            pass  # the kernel died while we answered
        finally:
            end_all(keeper.running, struct.unpack("i", shared[:4])[0])
            remove_folders(folders)
            os._exit(0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    reap(keeper_pid)
    end_all(set(), struct.unpack("i", shared[:4])[0])
    remove_folders(folders)
