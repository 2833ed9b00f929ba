"""What every box promises to a judge, and every slot to the engine: the same tests for the box that is shipped, and for
one that is built quite otherwise (see cold_slot.py)."""

import os
import sys

import pytest

from tests.cold_slot import ColdSlot
from tests.notebook_tools import ROOT
from workbook.box.box import QUEUE, Given
from workbook.box.plain import PlainSlot
from workbook.check.answers import Blank
from workbook.check.engine import Examiner
from workbook.check.evidence import ran
from workbook.check.outcome import Finding, expect, right
from workbook.check.question import Lab, Question

ANSWER = (ROOT / "tests/box_answer.py").read_text()


EVERY_SLOT = pytest.mark.parametrize("slot", [PlainSlot, ColdSlot], ids=["plain", "cold"], indirect=True)


@pytest.fixture(scope="module")
def slot(request):
    """The shipped slot; the other one, too, for a test that is marked with EVERY_SLOT: it takes a second for each."""
    slot = getattr(request, "param", PlainSlot)()
    yield slot
    slot.close()


@pytest.fixture
def box(slot):
    box = slot.renew(0)
    box.put({"answer.py": ANSWER})
    return box


def test_a_call_returns_plain_data(box):
    assert box.call("answer.add", 2, b=3).value == 5
    exit = box.call("answer.everything")
    assert (exit.how, exit.type, exit.raised) == ("finished", "dict", None)
    assert exit.value == {"tuple": [1, "a"], "bytes": "x", "set": [1, 2], "object": None, "flag": True}


@EVERY_SLOT
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


def test_a_nonzero_exit_is_told(box):
    assert box.call("answer.leaves", 3).code == 3
    assert box.call("answer.kills_itself").code == -9


def test_an_exit_call_and_input_are_told_as_what_they_are(box):
    assert box.call("answer.exits").raised.type == "SystemExit"
    assert box.call("answer.asks").raised.type == "EOFError"


def test_a_renewed_box_has_no_file_of_the_last_answer(slot, box):
    assert slot.renew(0).call("answer.add", 1, 1).raised.type == "ModuleNotFoundError"


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


@EVERY_SLOT
def test_a_killed_server_keeps_what_was_enqueued(box):
    box.enqueue("answer.add", 1, 1, job_id="kept")
    box.kill_server()
    assert box.redis.lrange("rq:queue:default", 0, -1) == [b"kept"]


def test_a_worker_is_watched_and_killed(box):
    box.enqueue("answer.hangs", job_id="hangs")
    worker = box.start_worker(kind="fork")
    exit = worker.wait(until=lambda: box.redis.hget("rq:job:hangs", "status") == b"started")
    assert (exit.how, worker.ended) == ("finished", False)
    worker.kill()
    assert worker.ended


def test_our_process_imports_nothing_of_an_answer(box):
    box.call("answer.add", 1, 1)
    assert "answer" not in sys.modules
    assert box.call("answer.process").value != os.getpid()


@EVERY_SLOT
def test_the_same_seed_gives_the_same_dice_and_each_call_has_its_own(slot):
    def draw(seed, times):
        box = slot.renew(seed)
        box.put({"answer.py": ANSWER})
        return [box.call("answer.luck").value for _ in range(times)]

    first, second = draw(1, 2)
    assert first != second
    assert draw(1, 1) == [first] != draw(2, 1)


def test_time_passes_without_promoting_and_not_for_a_worker_that_lives(box):
    box.enqueue("time.sleep", 600, job_id="runs")
    worker = box.start_worker()
    worker.wait(until=lambda: box.redis.hget("rq:job:runs", "status") == b"started")
    box.redis.zadd("rq:scheduled:default", {"due": 1})
    box.redis.hset("rq:job:due", "status", "scheduled")
    [(_, lease)] = box.redis.zrange("rq:wip:default", 0, -1, withscores=True)
    assert box.advance(3600, promote=False) == []
    assert box.redis.zrange("rq:wip:default", 0, -1, withscores=True)[0][1] >= lease
    worker.kill()
    assert box.advance(3600) == ["due"]
    assert box.redis.zrange("rq:wip:default", 0, -1, withscores=True)[0][1] < lease


@EVERY_SLOT
def test_a_frozen_box_has_its_last_evidence(box):
    box.call("answer.later", QUEUE, 1)
    box.start_call("answer.hangs")
    box.freeze()
    assert box.redis.llen("rq:queue:default") == 1
    assert box.redis.lrange("rq:queue:default", 0, -1) != []


# ---- the engine, which knows slots only


def judge_double(box, rng):
    number = rng.randrange(1000)
    value = ran(box.call("double.double", number), "`double(n)`").value
    expect(value == 2 * number, Finding(f"`double({number})`", repr(value), str(2 * number), "It is added."))
    return right(1, "`double` of a number")


LAB = Lab("99", "small", (Question("q1", "double", 1, "double", judge_double, ("think", "look", "write")),))
MODEL = {"double": "def double(number):\n    return 2 * number\n"}


@pytest.fixture
def examiner(slot):
    return Examiner(LAB, Blank({"double": "def double(number):\n    ...\n"}), slot, lambda: MODEL)


@EVERY_SLOT
def test_right_and_wrong_are_told_apart_and_a_seed_replays(examiner):
    assert examiner.judge("q1", MODEL).outcome.state == "right"
    wrong = {"double": "def double(number):\n    return 3 * number + 1\n"}
    verdict = examiner.judge("q1", wrong)
    assert verdict.outcome.state == "not yet"
    assert examiner.judge("q1", wrong, verdict.seed) == verdict


@EVERY_SLOT
def test_who_breaks_the_box_each_time_is_told_so_and_the_next_check_works(examiner):
    source = (
        "import os\nfrom redis import Redis\n\ndef double(number):\n"
        "    os.kill(Redis.from_url(os.environ['REDIS_URL']).info('server')['process_id'], 9)\n"
        "    return 2 * number\n"
    )
    verdict = examiner.judge("q1", {"double": source})
    assert verdict.outcome.state == "not yet"
    assert "ended or blocked the server" in verdict.outcome.finding.got
    assert len(verdict.incidents) == 2
    assert examiner.judge("q1", MODEL).outcome.state == "right"
