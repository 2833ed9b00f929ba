"""Ending processes without a mistake: only unreaped children of this very process are signalled by number.

Used by the keeper and by what it starts that has children of its own. Imports the standard library only.
"""

from __future__ import annotations

import os
import signal
import sys
import time

LINUX = sys.platform.startswith("linux")
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
RELEASE_SECONDS = 3.0  # what the one process with something to give back may take for it


def prctl(option: int, value: int) -> None:
    """Linux's prctl(2); does nothing elsewhere."""
    if LINUX:
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def child_pids(of: int) -> set[int]:
    """The pids of a process's children, zombies included (Linux; empty elsewhere)."""
    found = set()
    for name in os.listdir("/proc") if LINUX else ():
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    # The command name, in brackets, may itself hold spaces and brackets.
                    parent = int(file.read().rpartition(b")")[2].split()[1])
            except (OSError, IndexError):
                continue
            if parent == of:
                found.add(int(name))
    return found


def has_children() -> bool:
    """Whether this process has children, zombies and adopted ones included."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def end_all(known: set[int], releasing: int) -> None:
    """Kill every child until none is left, then let the `releasing` process give back what it holds.

    Only unreaped children of this very process are signalled, so that a pid can never have been reused.
    """

    def children() -> set[int]:
        if not has_children():  # mostly so, and a look through all processes takes milliseconds
            return set()
        return child_pids(os.getpid()) if LINUX else set(known)

    while victims := children() - {releasing}:
        for pid in victims:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for pid in victims:
            reap(pid)
            known.discard(pid)
    if releasing in children():
        end_gently(releasing)


def end_gently(pid: int) -> None:
    """SIGTERM a child, wait RELEASE_SECONDS at most, then SIGKILL it."""
    deadline = time.monotonic() + RELEASE_SECONDS
    try:
        os.kill(pid, signal.SIGTERM)
        while time.monotonic() < deadline:
            if os.waitpid(pid, os.WNOHANG)[0]:
                return
            time.sleep(0.005)
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, ChildProcessError):
        return
    reap(pid)


def reap(pid: int) -> None:
    """Wait for the end of a child that was killed."""
    try:
        os.waitpid(pid, 0)
    except ChildProcessError:
        pass
