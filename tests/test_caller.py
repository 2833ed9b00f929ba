"""The provider knows its caller by a descriptor of the process, not by its number."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from workbook.bench.world import caller

CALLER = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.recv(1)"


@pytest.fixture
def call(tmp_path):
    """A process that has called, and our end of the connection."""
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(path)
        door.listen()
        process = subprocess.Popen([sys.executable, "-S", "-c", CALLER, path])
        connection, _ = door.accept()
        yield process, connection
        connection.close()
        process.kill()
        process.wait()


@pytest.fixture(params=["pidfd from the kernel", "number only"], autouse=True)
def kernel(request, monkeypatch):
    if request.param == "number only":
        monkeypatch.setattr(caller, "SO_PEERPIDFD", 9999)


def test_the_caller_is_held_and_signalled(call):
    process, connection = call
    held = caller.caller_of(connection)
    assert held.pid == process.pid
    held.send(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    held.send(signal.SIGKILL)  # it is dead already: nobody else is hit
    held.close()


def test_a_caller_that_is_gone_is_not_taken_for_another_process(call, monkeypatch):
    process, connection = call
    process.kill()
    process.wait()
    # The worst case: its number belongs to somebody else by now.
    monkeypatch.setattr(caller, "peer_pid", lambda connection: os.getpid())
    monkeypatch.setattr(caller, "SO_PEERPIDFD", 9999)
    assert caller.caller_of(connection) is None


def test_a_parent_is_held_as_long_as_it_is_the_parent(call):
    held = caller.caller_of(call[1])
    parent = caller.parent_of(held)
    assert parent.pid == os.getpid()
    parent.close()
    held.close()
