"""Who calls over a unix socket, held so that a signal reaches that very process or nobody: a number may be reused."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
import sys
from dataclasses import dataclass

import psutil

SO_PEERPIDFD = 77  # Linux 6.5


@dataclass(frozen=True)
class Held:
    """A process; `descriptor` is its pidfd, None where the system has none (macOS)."""

    pid: int
    descriptor: int | None

    def send(self, number: int) -> None:
        """Signal it; one that has ended already is left in peace."""
        with contextlib.suppress(ProcessLookupError):
            if self.descriptor is None:
                os.kill(self.pid, number)
            else:
                signal.pidfd_send_signal(self.descriptor, number)

    def close(self) -> None:
        """Let go of it."""
        if self.descriptor is not None:
            os.close(self.descriptor)


def caller_of(connection: socket.socket) -> Held | None:
    """The process at the other end of a unix socket; None when it has hung up already."""
    pid = peer_pid(connection)
    if not hasattr(os, "pidfd_open"):
        return Held(pid, None)
    with contextlib.suppress(OSError):
        return Held(pid, connection.getsockopt(socket.SOL_SOCKET, SO_PEERPIDFD))
    held = hold(pid)
    # An older kernel tells the number only. Whoever still waits for our answer had it when it was held.
    if held and not hung_up(connection):
        return held
    return None


def parent_of(child: Held) -> Held | None:
    """The parent of a process that is held; None when it is not its parent any more."""
    with contextlib.suppress(psutil.Error):
        parent = hold(psutil.Process(child.pid).ppid())
        # Still its parent after it was held: so the number was its own when it was held.
        if parent and psutil.Process(child.pid).ppid() == parent.pid:
            return parent
    return None


def hold(pid: int) -> Held | None:
    """A process by its number; None when there is none."""
    if not hasattr(os, "pidfd_open"):
        return Held(pid, None)
    with contextlib.suppress(OSError):
        return Held(pid, os.pidfd_open(pid))
    return None


def hung_up(connection: socket.socket) -> bool:
    """Whether the other end is closed: nothing can be read, and nothing ever will be."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def peer_pid(connection: socket.socket) -> int:
    """The process id of the other end, from the kernel."""
    if sys.platform == "darwin":
        level, option = 0, 2  # SOL_LOCAL, LOCAL_PEERPID
        return int(struct.unpack("i", connection.getsockopt(level, option, 4))[0])
    pid, _, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(pid)
