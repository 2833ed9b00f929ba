"""The box: answers run in it, whatever they do; afterwards nothing of them is left and the next answer runs."""

import os
import socket
import sys
import time

import psutil
import pytest
from redis.exceptions import RedisError

from workbook.bench import wait_until
from workbook.bench.box import QUEUE, REDIS, Given
from workbook.bench.errors import BenchError
from workbook.bench.plain_box import PlainBox

ANSWER = """
import os
import random
import signal
import sys
import time

from redis import Redis
from rq import Retry

def add(a, b):
    return a + b

def everything():
    return {"tuple": (1, "a"), "bytes": b"x", "set": {2, 1}, "object": Retry(max=1), "flag": True}

def later(queue, number):
    return queue.enqueue(add, number, 1, retry=Retry(max=2, interval=[20, 10])).id

def status(job):
    return job.get_status()

def apply(function, value):
    return function(value, value)

def fails():
    print("before")
    raise ValueError("no")

def hangs():
    while True:
        try:
            time.sleep(60)
        except BaseException:
            pass

def leaves(code=0):
    os._exit(code)

def exits():
    sys.exit("bye")

def floods():
    while True:
        print("x" * 100_000)

def floods_and_swallows():
    while True:
        try:
            print("x" * 100_000)
        except BaseException:
            pass

def grows():
    return len(bytearray(4 << 30))

def asks():
    return input("number? ")

def kills_itself():
    os.kill(os.getpid(), signal.SIGKILL)

def kills_its_parent():
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)

def kills_the_server(redis):
    os.kill(int(redis.info("server")["process_id"]), signal.SIGKILL)

def blocks_the_server(redis):
    redis.eval("while true do end", 0)

def empties(redis):
    redis.flushall()

def stops(redis):
    redis.shutdown()

def leaves_a_daemon(marker):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            with open(marker, "w") as file:
                file.write(str(os.getpid()))
            time.sleep(600)
        os._exit(0)
    while not os.path.exists(marker):
        time.sleep(0.001)
    return True

def luck():
    return random.random()
"""


@pytest.fixture(scope="module")
def one_box():
    box = PlainBox()
    yield box
    box.close()


@pytest.fixture
def box(one_box):
    one_box.renew()
    one_box.put({"answer.py": ANSWER})
    return one_box


def test_a_call_returns_plain_data(box):
    assert box.call("answer.add", 2, b=3).value == 5
    exit = box.call("answer.everything")
    assert (exit.how, exit.type, exit.raised) == ("finished", "dict", None)
    assert exit.value == {"tuple": [1, "a"], "bytes": "x", "set": [1, 2], "object": None, "flag": True}


def test_what_a_call_is_given_is_made_where_it_runs(box):
    id = box.call("answer.later", QUEUE, 4).value
    assert box.redis.lrange("rq:queue:default", 0, -1) == [id.encode()]
    assert box.call("answer.status", Given("job", id)).value == "queued"
    assert box.call("answer.apply", Given("function", "answer.add"), 4).value == 8


def test_a_burst_worker_runs_what_was_enqueued(box):
    for number in range(3):
        box.enqueue("answer.add", number, 1, job_id=f"job-{number}")
    assert box.work().how == "finished"
    assert [box.redis.hget(f"rq:job:job-{number}", "status") for number in range(3)] == [b"finished"] * 3


@pytest.mark.parametrize("kind", ["simple", "fork"])
def test_a_job_that_raises_is_failed(box, kind):
    box.enqueue("answer.fails", job_id="bad")
    assert "before" in box.work(kind=kind).output
    assert box.redis.hget("rq:job:bad", "status") == b"failed"


def test_an_exception_names_the_answers_own_lines(box):
    exit = box.call("answer.fails")
    assert (exit.how, str(exit.raised), exit.output) == ("finished", "ValueError: no", "before\n")
    assert exit.raised.lines.startswith("answer.py, line ")
    assert exit.raised.lines.endswith('raise ValueError("no")')


def test_a_syntax_error_names_the_line(box):
    box.put({"broken.py": "def f(:\n"})
    raised = box.call("broken.f").raised
    assert (raised.type, raised.lines) == ("SyntaxError", "broken.py, line 1: def f(:")


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
    assert box.call(f"answer.{function}", deadline=1).how == how
    assert box.call("answer.add", 1, 1).value == 2


def test_a_nonzero_exit_is_told(box):
    assert box.call("answer.leaves", 3).code == 3
    assert box.call("answer.kills_itself").code == -9


def test_an_exit_call_and_input_are_told_as_what_they_are(box):
    assert box.call("answer.exits").raised.type == "SystemExit"
    assert box.call("answer.asks").raised.type == "EOFError"


@pytest.mark.parametrize("function", ["empties", "stops"])
def test_the_answer_may_not_command_the_server(box, function):
    assert box.call(f"answer.{function}", REDIS).raised.type == "NoPermissionError"


@pytest.mark.parametrize("function", ["kills_its_parent", "kills_the_server", "blocks_the_server"])
def test_a_box_that_is_broken_is_replaced(box, function):
    arguments = [] if function == "kills_its_parent" else [REDIS]
    old = psutil.Process(box.keeper._process.pid).children(recursive=True)
    try:
        box.call(f"answer.{function}", *arguments, deadline=1)
        box.freeze()
        broken = not box.redis.ping()
    except (BenchError, RedisError):
        broken = True
    assert broken
    box.renew()
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


def test_frozen_the_answer_is_out_and_renewed_it_is_in_again(box):
    box.call("answer.later", QUEUE, 1)
    box.freeze()
    assert box.call("answer.later", QUEUE, 1).raised is not None
    assert box.redis.llen("rq:queue:default") == 1
    box.renew()
    box.put({"answer.py": ANSWER})
    assert box.redis.keys() == []
    assert box.call("answer.later", QUEUE, 1).raised is None


def test_a_renewed_box_has_no_file_of_the_last_answer(box):
    box.renew()
    assert box.call("answer.add", 1, 1).raised.type == "ModuleNotFoundError"


def test_time_is_moved_and_what_is_due_comes_back(box):
    box.put({"flaky.py": "def flaky():\n    raise OSError('down')\n"})
    producer = (
        "from rq import Retry\nimport flaky\n\ndef go(queue):\n"
        "    queue.enqueue(flaky.flaky, job_id='j', retry=Retry(max=2, interval=[30, 60]))\n"
    )
    box.put({"producer.py": producer})
    box.call("producer.go", QUEUE)
    box.work()
    assert box.redis.hget("rq:job:j", "status") == b"scheduled"
    assert box.advance(20) == []
    assert box.advance(11) == ["j"]
    assert box.redis.hget("rq:job:j", "status") == b"queued"
    box.work()
    assert box.advance(31) == []
    assert box.advance(31) == ["j"]
    box.work()
    assert box.redis.hget("rq:job:j", "status") == b"failed"


def test_time_is_moved_by_parts_of_a_second(box):
    box.redis.set("rq:job:kept", "", ex=10)
    box.redis.set("rq:job:gone", "", ex=10)
    box.redis.pexpire("rq:job:gone", 2345)
    box.advance(2.3456)
    assert 7 <= box.redis.ttl("rq:job:kept") <= 8
    assert not box.redis.exists("rq:job:gone")


def test_the_end_of_a_call_may_be_heard_together_with_its_start(box, monkeypatch):
    tell = box._tell

    def tell_and_let_it_end(**order):
        tell(**order)
        if order.get("op") == "call":
            wait_until(lambda: b"ended" in box._control.recv(1 << 16, socket.MSG_PEEK), what="the end of the call")

    monkeypatch.setattr(box, "_tell", tell_and_let_it_end)
    assert box.call("answer.add", 1, 2).value == 3


def test_a_killed_server_keeps_what_was_enqueued_and_locks_the_answer_out_as_before(box):
    box.enqueue("answer.add", 1, 1, job_id="kept")
    box.kill_server()
    assert box.redis.lrange("rq:queue:default", 0, -1) == [b"kept"]
    assert box.call("answer.empties", REDIS).raised.type == "NoPermissionError"


def test_a_worker_is_watched_and_killed(box):
    box.enqueue("answer.hangs", job_id="hangs")
    worker = box.start_worker(kind="fork")
    exit = worker.wait(5, until=lambda: box.redis.hget("rq:job:hangs", "status") == b"started")
    assert (exit.how, worker.ended) == ("finished", False)
    worker.kill()
    assert worker.ended


def test_the_provider_kills_the_horse_and_not_what_holds_the_box(box):
    job = (
        "import os\nfrom httpx import Client, HTTPTransport\n\ndef charge(order):\n"
        "    client = Client(transport=HTTPTransport(uds=os.environ['PAYMENTS']), base_url='http://payments')\n"
        "    client.post('/charges', json={'order': order}).raise_for_status()\n"
    )
    box.put({"shop.py": job})
    box.provider.plan("kill after booking", "kill worker and horse after booking", "")
    for number in range(3):
        box.enqueue("shop.charge", f"order-{number}", job_id=f"job-{number}")
    assert box.work(kind="fork", deadline=5).code == -9
    assert box.work(kind="fork", deadline=5).how == "finished"
    assert box.provider.booked == {f"order-{number}": 1 for number in range(3)}
    box.renew()
    assert box.provider.calls == []


def test_children_throw_dice_of_their_own(box):
    assert box.call("answer.luck").value != box.call("answer.luck").value


def test_a_closed_box_leaves_nothing(wait_for_end):
    box = PlainBox()
    box.put({"answer.py": ANSWER})
    box.start_call("answer.hangs")
    folder = box.keeper.folder
    processes = psutil.Process(box.keeper._process.pid).children(recursive=True)
    box.close()
    box.close()
    wait_for_end(processes, folder)


def test_a_killed_kernel_takes_its_box_along(start_kernel, wait_for_end):
    kernel = start_kernel(
        """
        import sys
        from workbook.bench.plain_box import PlainBox
        box = PlainBox()
        box.put({"answer.py": "def hangs():\\n    while True: pass\\n"})
        child = box.start_call("answer.hangs")
        tell(folder=str(box.keeper.folder), pid=child.pid)
        sys.stdin.read()
        """
    )
    told = kernel.hear()
    processes = kernel.descendants()
    assert told["pid"] in [process.pid for process in processes]
    kernel.kill()
    wait_for_end(processes, told["folder"])


def test_waiting_has_an_end(box):
    began = time.monotonic()
    child = box.start_call("answer.hangs")
    assert child.wait(0.2, until=lambda: False).how == "timeout"
    assert time.monotonic() - began >= 0.2
    wait_until(lambda: not psutil.pid_exists(child.pid) or child.ended, 2)


def test_our_process_imports_nothing_of_an_answer(box):
    box.call("answer.add", 1, 1)
    assert "answer" not in sys.modules
    assert os.getpid() != box.start_call("answer.add", 1, 1).pid
