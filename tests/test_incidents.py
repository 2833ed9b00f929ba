"""Whose fault is it? What happens to the machine costs no learner a point, and what an answer does is still named."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
from contextlib import suppress

import psutil
import pytest

from tests.notebook_tools import ROOT
from workbook.bench import wait_until
from workbook.box import plain
from workbook.box.box import QUEUE, Incident, IncidentError, Patience
from workbook.box.inside.watch import Tree, Watch
from workbook.box.plain import PlainSlot
from workbook.check.answers import Blank
from workbook.check.engine import Examiner
from workbook.check.evidence import ran, read_job
from workbook.check.outcome import Finding, NotYet, Outcome, expect, right
from workbook.check.question import Lab, Question
from workbook.errors import BenchError

FROZEN_SECONDS = 3.0  # more than the patience for a call
MODEL = {
    "answer": """
import os, time
import httpx

def double(number):
    return 2 * number

def charge(order):
    way = httpx.HTTPTransport(uds=os.environ["PAYMENTS"])
    with httpx.Client(transport=way, base_url="http://payments", timeout=None) as provider:
        provider.post("/charges", json={"order": order}, headers={"Idempotency-Key": order}).raise_for_status()
"""
}
WRONG = {"answer": MODEL["answer"].replace("2 * number", "3 * number + 1").replace('"order": order', '"order": "x"')}
LOOP = {"answer": "def double(number):\n    while True: pass\n"}
SLEEP = {"answer": "import time\n\ndef double(number):\n    time.sleep(3600)\n"}


def told(got, expected):
    return Finding("`double`", repr(got), repr(expected), "It is added.")


def scene_call(box, freeze):
    child = box.start_call("answer.double", 21)
    freeze(child)
    value = ran(child.wait(), "`double`").value
    expect(value == 42, told(value, 42))


def scene_worker(kind):
    def scene(box, freeze):
        box.enqueue("answer.double", 21, job_id="a")
        worker = box.start_worker(kind=kind)
        freeze(worker)
        ran(worker.wait(), "a worker")
        job = read_job(box.redis, "a")
        expect((job.status, job.value) == ("finished", 42), told(job, 42))

    return scene


def scene_provider(box, freeze):
    box.enqueue("answer.charge", "order-1", job_id="a")
    worker = box.start_worker(kind="fork")
    freeze(worker)
    ran(worker.wait(), "a worker")
    expect(box.provider.booked["order-1"] == 1, told(box.provider.booked, 1))


SCENES = {
    "call": scene_call,
    "simple worker": scene_worker("simple"),
    "fork worker": scene_worker("fork"),
    "provider": scene_provider,
}


class Freezer:
    """Stops a process for a while, once; it is let go on by a timer, whatever the judge waits for."""

    def __init__(self, slot, whom):
        self.slot, self.whom, self.frozen = slot, whom, 0

    def __call__(self, child):
        if self.frozen or not self.whom:
            return
        self.frozen += 1
        stand = self.slot.stand
        pids = stand.keeper.pids | {"worker": child.pid, "parent": stand.parent.pid, "server": stand.server.pid}
        pid = pids[self.whom]
        stopped = psutil.Process(pid)
        stopped.suspend()
        threading.Timer(FROZEN_SECONDS, let_go_on, [stopped]).start()


def let_go_on(process):
    with suppress(psutil.Error):  # the box it belonged to may be gone
        process.resume()


@pytest.fixture(scope="module")
def slot():
    slot = PlainSlot()
    yield slot
    slot.close()


def examiner_of(slot, scene, freeze=lambda child: None):
    def judge(box, rng):
        scene(box, freeze)
        return right(1, "it")

    question = Question("q1", "one", 1, "answer", judge, ("think", "look", "write"))
    return Examiner(Lab("99", "small", (question,)), Blank({"answer": "x = 1\n"}), slot, lambda: MODEL)


@pytest.mark.parametrize("whom", ["worker", "parent", "server", "keeper"])
@pytest.mark.parametrize("scene", SCENES)
def test_who_is_stopped_for_three_seconds_costs_nobody_a_point(slot, scene, whom):
    freeze = Freezer(slot, whom)
    verdict = examiner_of(slot, SCENES[scene], freeze).judge("q1", MODEL)
    assert (verdict.outcome.state, freeze.frozen) == ("right", 1), verdict


@pytest.mark.parametrize("scene", SCENES)
def test_a_wrong_answer_is_not_right_because_the_server_was_stopped(slot, scene):
    verdict = examiner_of(slot, SCENES[scene], Freezer(slot, "server")).judge("q1", WRONG)
    assert verdict.outcome.state == "not yet"


def test_the_judges_connection_is_cut_and_it_judges_once_more(slot):
    cut = []

    def cut_once(child):
        if not cut:
            cut.append(slot.stand.redis.client_id())
            # Twice, so that the client's own second attempt finds it closed, too.
            slot.stand.redis.connection_pool.disconnect()
            slot.stand.redis.execute_command("CLIENT", "KILL", "USER", "judge", "SKIPME", "no")

    verdict = examiner_of(slot, scene_provider, cut_once).judge("q1", MODEL)
    assert verdict.outcome.state == "right"
    assert cut


@pytest.mark.parametrize("whom", ["keeper", "guard", "server", "parent", "provider"])
def test_who_is_killed_once_costs_nobody_a_point(slot, whom):
    killed = []

    def kill_once(child):
        if not killed:
            stand = slot.stand
            pids = stand.keeper.pids | {"server": stand.server.pid, "parent": stand.parent.pid}
            pids["provider"] = stand.provider.process.pid
            killed.append(psutil.Process(pids[whom]))
            killed[0].kill()

    verdict = examiner_of(slot, scene_provider, kill_once).judge("q1", MODEL)
    assert verdict.outcome.state == "right", verdict
    assert len(verdict.incidents) == 1
    wait_until(lambda: not killed[0].is_running() or killed[0].status() == psutil.STATUS_ZOMBIE, what="its end")


def test_a_loop_and_a_sleep_are_told_apart(slot):
    loop = examiner_of(slot, scene_call).judge("q1", LOOP).outcome
    sleep = examiner_of(slot, scene_call).judge("q1", SLEEP).outcome
    assert (loop.state, sleep.state) == ("not yet", "not yet")
    assert "loop that never ends" in loop.finding.lesson
    assert "nothing to do and waited" in sleep.finding.lesson


@pytest.fixture
def eight_busy_processes():
    burn = [sys.executable, "-S", "-c", "while True: pass"]
    burning = [subprocess.Popen(burn) for _ in range(8)]
    yield
    for process in burning:
        process.kill()
        process.wait()


def test_a_busy_machine_changes_no_verdict(slot, eight_busy_processes):
    examiners = [examiner_of(slot, scene) for scene in SCENES.values()]
    assert [examiner.judge("q1", MODEL).outcome.state for examiner in examiners] == ["right"] * len(SCENES)
    assert examiners[0].judge("q1", WRONG).outcome.state == "not yet"
    assert "loop that never ends" in examiners[0].judge("q1", LOOP).outcome.finding.lesson


FULL_DISK = """
import os, pathlib, sys
from tests.test_incidents import LOOP, MODEL, WRONG, examiner_of, scene_call, scene_provider, scene_worker
from workbook.box.plain import PlainSlot

slot = PlainSlot()
fill = pathlib.Path(os.environ["TMPDIR"], "fill")
states = set()
try:
    with fill.open("wb") as file:
        while True:
            file.write(bytes(1 << 16))
            file.flush()
except OSError:
    pass
for scene in (scene_call, scene_provider):
    right = examiner_of(slot, scene).judge("q1", MODEL)
    wrong = examiner_of(slot, scene).judge("q1", WRONG)
    print(right.outcome.state, "/", wrong.outcome.state, "/", right.outcome.finding.got)
    assert right.outcome.state != "not yet", right
    assert wrong.outcome.state != "right", wrong
fill.unlink()
assert examiner_of(slot, scene_provider).judge("q1", MODEL).outcome.state == "right"
slot.close()
print("done")
"""


def test_a_full_disk_costs_nobody_a_point(tmp_path):
    """A small disk of its own, in a mount namespace: the real one is never filled."""
    inner = f'mount -t tmpfs -o size=16m none "{tmp_path}" && TMPDIR="{tmp_path}" exec "$0" -c "$1"'
    command = ["unshare", "-Urm", "sh", "-c", inner, sys.executable, FULL_DISK]
    if subprocess.run(["unshare", "-Urm", "true"], capture_output=True).returncode:
        if os.environ.get("CI"):
            pytest.fail("no namespaces for users here")
        pytest.skip("no namespaces for users here")
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert done.stdout.endswith("done\n"), done.stdout + done.stderr


def test_where_no_box_can_be_had_it_is_the_machine(monkeypatch):
    slot = PlainSlot()
    try:
        examiner = examiner_of(slot, scene_call)
        slot.replace()

        def no_server(*_):
            raise BenchError("The server did not start.")

        with monkeypatch.context() as patched:
            patched.setattr(plain, "Stand", no_server)
            outcome = examiner.judge("q1", MODEL).outcome
        assert outcome.state == "could not judge"
        assert "The server did not start" in outcome.finding.got
        assert examiner.judge("q1", MODEL).outcome.state == "right"
    finally:
        slot.close()


@pytest.mark.parametrize("whom", ["parent", "keeper", "guard", "server"])
def test_who_stays_stopped_is_ended_with_the_slot(whom, wait_for_end):
    slot = PlainSlot()
    stand = slot.stand
    pids = stand.keeper.pids | {"parent": stand.parent.pid, "server": stand.server.pid}
    processes = [psutil.Process(pid) for pid in pids.values()]
    psutil.Process(pids[whom]).suspend()
    slot.close()
    wait_for_end(processes, stand.keeper.folder)


# ---- what is said of incidents, with a slot that has them when it is told to


class ScriptedSlot:
    """A slot whose runs meet what a script says: None, an incident, or an exception; its boxes do nothing."""

    def __init__(self, *script):
        self.script, self.replaced, self.files = list(script), 0, {}

    def renew(self, seed):
        self.now = self.script.pop(0)
        if isinstance(self.now, IncidentError):
            raise self.now
        return self

    def put(self, files):
        self.files = files

    def freeze(self):
        pass

    def incident(self):
        return self.now if isinstance(self.now, Incident) else None

    def replace(self):
        self.replaced += 1

    def close(self):
        pass


DEAD = Incident("the server", "was ended")


def judged_by(slot, judge=lambda box, rng: right(1, "it"), model=MODEL):
    question = Question("q1", "one", 1, "answer", judge, ("think", "look", "write"))
    lab = Lab("99", "small", (question,))
    return Examiner(lab, Blank({"answer": "x = 1\n"}), slot, model and (lambda: model)).judge(
        "q1", {"answer": "y = 1\n"}
    )


def test_one_incident_is_forgiven():
    slot = ScriptedSlot(DEAD, None)
    verdict = judged_by(slot)
    assert (verdict.outcome.state, verdict.incidents, slot.replaced) == ("right", (DEAD,), 1)


def test_a_not_yet_of_a_run_with_an_incident_does_not_count():
    def judge(box, rng):
        if box.now:
            raise NotYet(Outcome("not yet", findings=(Finding(got="nothing came"),)))
        return right(1, "it")

    assert judged_by(ScriptedSlot(DEAD, None), judge).outcome.state == "right"


def test_who_meets_it_twice_while_the_model_answer_does_not_has_brought_it_about():
    slot = ScriptedSlot(DEAD, IncidentError("the server", "was ended"), None)
    outcome = judged_by(slot).outcome
    assert outcome.state == "not yet"
    assert "ended or blocked the server or its own process (the server was ended)" in outcome.finding.got
    assert slot.files["answer.py"] == MODEL["answer"]


@pytest.mark.parametrize("model", [MODEL, None])
def test_otherwise_it_is_the_machine_and_no_points_are_given_or_lost(model):
    outcome = judged_by(ScriptedSlot(DEAD, DEAD, DEAD), model=model).outcome
    assert (outcome.state, outcome.points, outcome.hint) == ("could not judge", 0, 0)
    assert "the server was ended" in outcome.finding.got
    assert "no fault of your answer" in outcome.finding.lesson


@pytest.mark.parametrize("outcome", [right(2, "it"), Outcome("not yet", 1), Outcome("not yet", -1)])
def test_points_that_do_not_fit_are_our_fault(outcome):
    assert judged_by(ScriptedSlot(None, None), lambda box, rng: outcome).outcome.state == "could not judge"


def test_our_own_fault_is_ours_only_when_it_comes_twice():
    calls = []

    def judge(box, rng):
        calls.append(1)
        if len(calls) in fails:
            raise KeyError("ours")
        return right(1, "it")

    fails = {1}
    assert judged_by(ScriptedSlot(None, None), judge).outcome.state == "right"
    calls.clear()
    fails = {1, 2}
    outcome = judged_by(ScriptedSlot(None, None), judge).outcome
    assert outcome.state == "could not judge"
    assert "fault of the course" in outcome.finding.lesson


# ---- the watch


def test_the_time_of_a_stopped_process_does_not_count_and_somebody_stopped_for_good_is_told():
    child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
    try:
        watch = Watch(Tree(psutil.Process(child.pid)), waits=0.5, works=5, gives=60)
        os.kill(child.pid, signal.SIGSTOP)
        end = wait_until(watch.tick, 60, "the end of the patience")
        assert (end, watch.had) == ("stopped", 0)
    finally:
        child.kill()
        child.wait()


def test_work_and_waiting_are_told_apart_and_reaped_children_count():
    def end_of(program, **limits):
        child = subprocess.Popen([sys.executable, "-S", "-c", textwrap.dedent(program)])
        try:
            return wait_until(
                Watch(Tree(psutil.Process(child.pid)), gives=60, **limits).tick, 60, "the end of the patience"
            )
        finally:
            child.kill()
            child.wait()

    assert end_of("while True: pass", waits=50, works=0.3) == "works"
    assert end_of("import time; time.sleep(600)", waits=0.3, works=50) == "waits"
    assert end_of("import os\nwhile True: os.fork() or os._exit(0); os.wait()", waits=50, works=0.3) == "works"


def test_patience_is_a_judges_own_affair():
    """No judge names seconds: a slow machine would use them up."""
    import re

    for path in [*(ROOT / "workbook/labs").rglob("judge_*.py"), *(ROOT / "workbook/labs").rglob("stage.py")]:
        text = path.read_text()
        assert not re.search(r"time\.(sleep|monotonic|time|perf_counter)\(|deadline|_SECONDS|wait_until", text), path


def test_a_patience_is_the_same_for_all_and_can_be_given():
    slot = PlainSlot(Patience(waits=0.2, works=0.2))
    try:
        box = slot.renew(0)
        box.put({"answer.py": SLEEP["answer"]})
        assert box.call("answer.double", 1).how == "timeout"
        assert box.call("answer.double", QUEUE).busy is False
    finally:
        slot.close()
