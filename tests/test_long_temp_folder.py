"""A TMPDIR with a long path: sockets lie elsewhere then, and what is elsewhere is removed too, whatever ends first."""

import os
import stat
import tempfile
from pathlib import Path

import psutil
import pytest
from rq import Queue

from workbook.bench import Bench, BenchError
from workbook.box.plain import PlainSlot
from workbook.keeper import keeper as keeper_module
from workbook.keeper.keeper import Keeper

MOST_BYTES = 103  # of a socket's path on macOS; Linux takes 107
CHARGE = """
import os
import httpx

def charge(order):
    with httpx.Client(transport=httpx.HTTPTransport(uds=os.environ["PAYMENTS"]), base_url="http://payments") as client:
        client.post("/charges", json={"order": order}).raise_for_status()
"""
OPEN_BENCH = """
    import sys
    from workbook.bench import open_bench
    bench = open_bench("long")
    tell(folder=str(bench.keeper.folder), socket=bench.start_payment_provider().socket)
    sys.stdin.read()
"""


def folder_of(parent, length):
    """A folder below `parent` whose path has `length` characters at least."""
    folder = parent
    while len(str(folder)) < length:
        folder /= "x" * min(200, max(1, length - len(str(folder)) - 1))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(params=[50, 58, 80, 300])
def temp_folder(request, session_folder, monkeypatch):
    """The temp folder of this process and its children, with a path of that many characters."""
    folder = folder_of(session_folder, request.param)
    assert len(str(folder)) >= request.param
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def test_a_provider_books_the_charge_of_a_job(temp_folder, monkeypatch):
    bench = Bench("long")
    try:
        bench.modules.save("shop", CHARGE)
        provider = bench.start_payment_provider()
        assert len(os.fsencode(provider.socket)) <= MOST_BYTES
        monkeypatch.setenv("PAYMENTS", provider.socket)
        Queue(connection=bench.redis).enqueue("shop.charge", "order-1")
        assert bench.rq("worker --burst").returncode == 0
        assert provider.booked == {"order-1": 1}
        folders = {bench.keeper.folder, Path(provider.socket).parent}
    finally:
        bench.close()
    assert [folder for folder in folders if folder.exists()] == []


def test_a_box_runs_an_answer_that_charges(temp_folder):
    slot = PlainSlot()
    try:
        box = slot.renew(0)
        box.put({"shop.py": CHARGE})
        assert box.provider.booked == {}
        assert box.call("shop.charge", "order-1").how == "finished"
        assert box.provider.booked == {"order-1": 1}
    finally:
        slot.close()
    assert list(temp_folder.glob("rq-workbook-*")) == []


def test_a_socket_lies_in_the_scratch_folder_where_that_is_short_enough(monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/tmp")
    keeper = Keeper()
    assert keeper.socket_path("door.sock") == keeper.folder / "door.sock"
    keeper.close()


def test_elsewhere_it_is_in_a_folder_that_nobody_else_can_enter(session_folder, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(folder_of(session_folder, 80)))
    keeper = Keeper()
    folder = keeper.socket_path("door.sock").parent
    try:
        assert folder != keeper.folder
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    finally:
        keeper.close()
    assert not folder.exists()


def test_where_no_short_folder_can_be_written_a_sentence_says_so(session_folder, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(folder_of(session_folder, 80)))
    monkeypatch.setattr(keeper_module, "SHORT_TEMP_FOLDERS", ("/no/such/folder",))
    keeper = Keeper()
    try:
        with pytest.raises(BenchError, match=r"is too long for a socket; set TMPDIR to a folder with a shorter path"):
            keeper.socket_path("door.sock")
    finally:
        keeper.close()


@pytest.mark.parametrize("victim", ["kernel", "keeper", "guard"])
def test_whoever_is_killed_the_folder_of_the_sockets_is_removed(victim, session_folder, start_kernel, wait_for_end):
    kernel = start_kernel(OPEN_BENCH, TMPDIR=str(folder_of(session_folder, 80)))
    told = kernel.hear()
    processes = kernel.descendants()
    [guard] = psutil.Process(kernel.pid).children()
    [keeper] = guard.children()
    sockets = Path(told["socket"]).parent
    assert sockets.is_dir()
    {"kernel": kernel, "keeper": keeper, "guard": guard}[victim].kill()
    wait_for_end(processes, told["folder"])
    wait_for_end([], sockets)
