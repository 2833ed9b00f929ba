"""The box: answers run in it, whatever they do; afterwards nothing of them is left and the next answer runs."""

import socket

import psutil
import pytest
from redis.exceptions import RedisError

from tests.notebook_tools import ROOT
from workbook.bench import wait_until
from workbook.box.box import QUEUE, REDIS, IncidentError, Limits
from workbook.box.plain import PlainSlot
from workbook.errors import BenchError

ANSWER = (ROOT / "tests/box_answer.py").read_text()


@pytest.fixture(scope="module")
def slot():
    slot = PlainSlot()
    yield slot
    slot.close()


@pytest.fixture
def box(slot):
    box = slot.renew(0)
    box.put({"answer.py": ANSWER})
    return box


# ---- what a plain box does beyond the promise of every box (see test_box_contract.py)


TROUBLE = {
    "hangs": "timeout",
    "leaves": "died",
    "kills_itself": "died",
    "floods": "output",
    "floods_and_swallows": "output",
    "grows": "memory",
}


@pytest.mark.parametrize(("function", "how"), TROUBLE.items())
def test_trouble_has_its_name_and_the_next_call_works(box, function, how):
    assert box.call(f"answer.{function}", portions=1).how == how
    assert box.call("answer.add", 1, 1).value == 2


@pytest.mark.parametrize("function", ["empties", "stops"])
def test_the_answer_may_not_command_the_server(box, function):
    assert box.call(f"answer.{function}", REDIS).raised.type == "NoPermissionError"


@pytest.mark.parametrize("function", ["kills_its_parent", "kills_the_server", "blocks_the_server"])
def test_a_box_that_is_broken_is_replaced(slot, box, function):
    arguments = [] if function == "kills_its_parent" else [REDIS]
    old = psutil.Process(slot.stand.keeper.pids["guard"]).children(recursive=True)
    try:
        box.call(f"answer.{function}", *arguments, portions=1)
        box.freeze()
        broken = not box.redis.ping()
    except (IncidentError, BenchError, RedisError):
        broken = True
    assert broken
    box = slot.renew(0)
    box.put({"answer.py": ANSWER})
    assert box.call("answer.add", 1, 1).value == 2
    assert not any(process.is_running() for process in old)


def test_processes_that_an_answer_leaves_are_ended(box, tmp_path, wait_for_end):
    marker = tmp_path / "daemon"
    assert box.call("answer.leaves_a_daemon", str(marker)).value is True
    daemon = psutil.Process(int(marker.read_text()))
    assert daemon.is_running()
    box.freeze()
    wait_for_end([daemon], timeout=2)


def test_frozen_the_answer_is_out_and_renewed_it_is_in_again(slot, box):
    box.call("answer.later", QUEUE, 1)
    box.freeze()
    assert box.call("answer.later", QUEUE, 1).raised is not None
    assert box.redis.llen("rq:queue:default") == 1
    box = slot.renew(0)
    box.put({"answer.py": ANSWER})
    assert box.redis.keys() == []
    assert box.call("answer.later", QUEUE, 1).raised is None


def test_time_is_moved_by_parts_of_a_second(box):
    box.redis.set("rq:job:kept", "", ex=10)
    box.redis.set("rq:job:gone", "", ex=10)
    box.redis.pexpire("rq:job:gone", 2345)
    box.advance(2.3456)
    assert 7 <= box.redis.ttl("rq:job:kept") <= 8
    assert not box.redis.exists("rq:job:gone")


def test_the_end_of_a_call_may_be_heard_together_with_its_start(box, monkeypatch):
    channel = box.stand.channel
    tell = channel.tell

    def tell_and_let_it_end(pipes=(), **order):
        tell(pipes, **order)
        if order.get("op") == "call":
            wait_until(lambda: b"ended" in channel.control.recv(1 << 16, socket.MSG_PEEK), what="the end of the call")

    monkeypatch.setattr(channel, "tell", tell_and_let_it_end)
    assert box.call("answer.add", 1, 2).value == 3


def test_the_provider_kills_the_horse_and_not_what_holds_the_box(slot, box):
    job = (
        "import os\nfrom httpx import Client, HTTPTransport\n\ndef charge(order):\n"
        "    client = Client(transport=HTTPTransport(uds=os.environ['PAYMENTS']), base_url='http://payments')\n"
        "    client.post('/charges', json={'order': order}).raise_for_status()\n"
    )
    box.put({"shop.py": job})
    box.provider.plan("kill after booking", "kill worker and horse after booking", "")
    for number in range(3):
        box.enqueue("shop.charge", f"order-{number}", job_id=f"job-{number}")
    assert box.work(kind="fork", portions=3).code == -9
    assert box.work(kind="fork", portions=3).how == "finished"
    assert box.provider.booked == {f"order-{number}": 1 for number in range(3)}
    assert slot.renew(0).provider.calls == []


def test_children_throw_dice_of_their_own(box):
    assert box.call("answer.luck").value != box.call("answer.luck").value


def test_a_closed_box_leaves_nothing(wait_for_end):
    slot = PlainSlot()
    box = slot.renew(0)
    box.put({"answer.py": ANSWER})
    box.start_call("answer.hangs")
    keeper = slot.stand.keeper
    folder, processes = keeper.folder, psutil.Process(keeper.pids["guard"]).children(recursive=True)
    slot.close()
    slot.close()
    wait_for_end(processes, folder)


def test_a_killed_kernel_takes_its_box_along(start_kernel, wait_for_end):
    kernel = start_kernel(
        """
        import sys
        from workbook.box.plain import PlainSlot
        slot = PlainSlot()
        box = slot.renew(0)
        box.put({"answer.py": "def hangs():\\n    while True: pass\\n"})
        child = box.start_call("answer.hangs")
        tell(folder=str(slot.stand.keeper.folder), pid=child.pid)
        sys.stdin.read()
        """
    )
    told = kernel.hear()
    processes = kernel.descendants()
    assert told["pid"] in [process.pid for process in processes]
    kernel.kill()
    wait_for_end(processes, told["folder"])


def test_waiting_has_an_end(box):
    child = box.start_call("answer.hangs")
    assert child.wait(until=lambda: False).how == "timeout"
    assert child.ended


def test_limits_are_those_of_the_slot():
    slot = PlainSlot(limits=Limits(memory=1 << 29))
    try:
        box = slot.renew(0)
        box.put({"big.py": "def grow(bytes):\n    return len(bytearray(bytes))\n"})
        assert box.call("big.grow", 1 << 20).value == 1 << 20
        assert box.call("big.grow", 1 << 29).how == "memory"
    finally:
        slot.close()


def test_a_value_that_is_too_long_is_called_that(box):
    box.put({"long.py": "def text():\n    return 'x' * 300_000\n"})
    exit = box.call("long.text")
    assert (exit.how, exit.type, exit.value, exit.too_long) == ("finished", "str", None, True)


FORGES = """
import json, os, stat

def forge():
    for number in range(3, 64):
        try:
            if stat.S_ISFIFO(os.fstat(number).st_mode):
                os.write(number, b"[]")
        except OSError:
            pass
    os._exit(0)
"""


def test_a_reply_that_is_no_object_is_no_reply(box):
    box.put({"forges.py": FORGES})
    assert box.call("forges.forge").how == "died"


def test_nothing_of_the_course_is_on_the_path_of_an_answer(box):
    box.put({"looks.py": "import sys\n\ndef path():\n    return sys.path\n\ndef course():\n    import workbook\n"})
    assert str(ROOT) not in box.call("looks.path").value
    assert box.call("looks.course").raised.type == "ModuleNotFoundError"
