"""Real `rq` commands: run to their end, left running, stopped, killed."""

import signal

import psutil
import pytest
from rq import Queue, Retry
from rq.intermediate_queue import IntermediateQueue
from rq.job import JobStatus

from tests.conftest import ROOT
from workbook.bench import BenchError, BenchTimeout, rq_command, wait_until
from workbook.bench.rq_command import option_value

WORK = """
import os, time
import redis

def answer():
    print("the job speaks")
    return 42

def environment():
    return dict(os.environ)

def wait_for_go():
    client = redis.Redis.from_url(os.environ["RQ_REDIS_URL"])
    client.set("rq:test:begun", os.getpid())
    while not client.exists("rq:test:go"):
        time.sleep(0.01)
    return "done"

def fail_once():
    client = redis.Redis.from_url(os.environ["RQ_REDIS_URL"])
    if client.incr("rq:test:calls") == 1:
        raise RuntimeError("the first time")
    return "healed"
"""


@pytest.fixture
def queue(bench):
    """The default queue, and the module `work` on the workers' path."""
    bench.modules.save("work", WORK)
    return Queue(connection=bench.redis)


def begun(bench):
    """Wait for `wait_for_go` to begin; returns the work-horse."""
    return psutil.Process(int(wait_until(lambda: bench.redis.get("rq:test:begun"), 20, "the job")))


def test_a_burst_worker_runs_what_is_queued_and_leaves_its_log_and_exit_code(bench, queue):
    job = queue.enqueue("work.answer")
    run = bench.rq("worker --burst default")
    assert job.return_value() == 42
    assert run.returncode == 0
    assert "the job speaks" in run.log
    assert "Job OK" in run.log
    assert repr(run) == "rq worker --burst default: exit code 0"


def test_other_rq_commands_run_too(bench, queue):
    queue.enqueue("work.answer")
    info = bench.rq("info --only-queues")
    assert info.returncode == 0
    assert "default" in info.log
    assert bench.rq("empty default").returncode == 0
    assert queue.count == 0


def test_a_command_that_takes_too_long_is_killed(bench):
    with pytest.raises(BenchTimeout, match=r"^Waited 0\.1 s for the end of process \d+ \(python"):
        bench.rq("worker default", timeout=0.1)
    wait_until(lambda: not any("rq.cli" in child.cmdline() for child in psutil.Process().children(recursive=True)))


def test_a_started_worker_is_ready_and_a_warm_shutdown_finishes_its_job(bench, queue, in_background):
    worker = bench.start_rq("worker default")
    assert bench.redis.hget(f"rq:worker:{worker.worker_name}", "state") == b"idle"
    assert repr(worker) == "rq worker default: running"
    job = queue.enqueue("work.wait_for_go")
    begun(bench)
    stopped = in_background(worker.stop)
    wait_until(lambda: "warm shut down" in worker.log.lower(), 20, "the worker to hear it")
    assert worker.returncode is None
    bench.redis.set("rq:test:go", 1)
    assert stopped() == 0
    assert job.get_status() == JobStatus.FINISHED
    assert job.return_value() == "done"
    assert repr(worker) == "rq worker default: exit code 0"


def test_a_worker_stopped_the_moment_it_is_ready_ends_in_order(bench):
    worker = bench.start_rq("worker default")
    assert worker.stop() == 0
    assert bench.redis.smembers("rq:workers") == set()


def test_a_killed_worker_is_dead_and_its_work_horse_lives_on(bench, queue):
    worker = bench.start_rq("worker default")
    job = queue.enqueue("work.wait_for_go")
    horse = begun(bench)
    worker.kill()
    assert worker.returncode == -signal.SIGKILL
    assert repr(worker) == "rq worker default: killed by signal 9"
    assert horse.is_running()
    bench.redis.set("rq:test:go", 1)
    wait_until(lambda: job.get_status() == JobStatus.FINISHED, 20, "the job's end")


@pytest.mark.parametrize("command", ["worker --no-such-option", "worker --burst --no-such-option"])
def test_an_option_that_does_not_exist_is_found_in_the_log(command, bench):
    if "--burst" in command:
        run = bench.rq(command)
        assert run.returncode == 2
        assert "No such option" in run.log
    else:
        with pytest.raises(BenchError, match=rf"^`rq {command}` ended at once \(exit code 2\):\n(.|\n)*No such option"):
            bench.start_rq(command)


def test_workers_get_unique_names_unless_they_are_named(bench):
    workers = [bench.start_rq(command) for command in ("worker", "worker", "worker --name ada", "worker -n bob")]
    names = [worker.worker_name for worker in workers]
    assert len(set(names)) == 4
    assert names[2:] == ["ada", "bob"]
    assert bench.redis.smembers("rq:workers") == {f"rq:worker:{name}".encode() for name in names}


def test_a_worker_with_scheduler_moves_a_retry_when_it_is_due(bench, queue):
    worker = bench.start_rq("worker --with-scheduler default")
    job = queue.enqueue("work.fail_once", retry=Retry(max=1, interval=1))
    wait_until(lambda: job.get_status() == JobStatus.FINISHED, 30, "the second call")
    assert job.return_value() == "healed"
    assert bench.redis.get("rq:test:calls") == b"2"
    assert worker.stop() == 0


def test_workers_of_another_class_run(bench, queue):
    job = queue.enqueue("work.answer")
    assert bench.rq("worker --burst --worker-class rq.worker.SpawnWorker").returncode == 0
    assert job.return_value() == 42


def test_options_of_the_address_reach_the_worker(bench, queue):
    queue.enqueue("work.answer")
    run = bench.rq("worker --burst default", url_options="decode_responses=True")
    assert "UnicodeDecodeError" in run.log


def test_settings_of_the_readers_shell_do_not_reach_the_workers(bench, queue, monkeypatch):
    for name, value in {
        "PYTHONWARNINGS": "error",
        "PYTHONPATH": "/no/such/folder",
        "PYTHONOPTIMIZE": "2",
        "RQ_WORKER_CLASS": "no.such.Class",
        "RQ_QUEUES": "another",
        "RQ_KEY_PREFIX": "other:",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "READERS_OWN": "kept",
    }.items():
        monkeypatch.setenv(name, value)
    job = queue.enqueue("work.environment")
    assert bench.rq("worker --burst").returncode == 0
    environment = job.return_value()
    set_by_the_bench = {"RQ_REDIS_URL", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
    set_by_rq = {"RQ_JOB_ID", "RQ_WORKER_ID"}
    ours = {name for name in environment if name.startswith(("PYTHON", "RQ_"))}
    assert ours == set_by_the_bench | set_by_rq
    assert environment["PYTHONPATH"].split(":") == [str(bench.modules.folder), str(ROOT)]
    assert environment["READERS_OWN"] == "kept"
    assert "127.0.0.1" in environment["NO_PROXY"]


def test_the_password_stands_in_no_command_line(bench, queue):
    bench.start_rq("worker --with-scheduler")
    bench.start_mail_provider()
    queue.enqueue("work.wait_for_go")
    begun(bench)
    password = bench.url.split("@")[0].rpartition(":")[2]
    assert len(password) > 10
    lines = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    assert any("rq.cli worker" in line for line in lines)
    assert not any(password in line for line in lines)


def test_a_job_that_is_taken_but_never_started_is_marked_failed_by_a_maintenance_pass_a_minute_later(bench, queue):
    job = queue.enqueue("work.answer")
    assert bench.redis.lmove("rq:queue:default", "rq:queue:default:intermediate") == job.id.encode()
    bench.rq("worker --burst default")  # its maintenance sees the job for the first time
    assert job.get_status() == JobStatus.QUEUED
    first_seen = IntermediateQueue("rq:queue:default", bench.redis).get_first_seen_key(job.id)
    seen = float(bench.redis.get(first_seen))
    bench.redis.set(first_seen, seen - 61)
    run = bench.rq("worker --burst default")
    assert job.get_status() == JobStatus.FAILED
    assert "stuck in intermediate queue" in job.latest_result().exc_string
    assert bench.redis.lrange("rq:queue:default:intermediate", 0, -1) == []
    assert run.returncode == 0


@pytest.mark.parametrize(
    ("words", "value"),
    [
        (["worker", "--name", "w1"], "w1"),
        (["worker", "--name=w1", "default"], "w1"),
        (["worker", "-n", "w1"], "w1"),
        (["worker", "--names", "w1"], None),
        (["worker", "default"], None),
        (["worker", "--name"], ""),
        ([], None),
    ],
)
def test_the_value_of_an_option_is_found(words, value):
    assert option_value(words, "--name", "-n") == value


# Python notes a signal and runs RQ's handler when the main thread is back from its system call. So one that comes just
# before a blocking read is handled after it; and so is one that another thread of the worker gets.
HARD_OF_HEARING = """
import signal

from rq import Worker

class HardOfHearing(Worker):
    def _install_signal_handlers(self):
        super()._install_signal_handlers()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
"""


@pytest.mark.parametrize("queues", ["default", "one two"])  # RQ waits for one queue and for two with other commands
def test_an_idle_worker_that_missed_the_signal_is_woken(bench, queues):
    (bench.modules.folder / "hard_of_hearing.py").write_text(HARD_OF_HEARING)
    worker = bench.start_rq(f"worker --worker-class hard_of_hearing.HardOfHearing {queues}")
    assert worker.stop() == 0
    assert "warm shut down requested" in worker.log
    assert "cold shut down" not in worker.log


# Workers that stand still in the middle of their end: before they have said goodbye, and when Python has put its signal
# handlers away already (it empties the modules after that).
IN_ITS_TEARDOWN = """
import os, signal

from rq import Worker

class StandsStill(Worker):
    def teardown(self):
        os.kill(os.getpid(), signal.SIGSTOP)
        super().teardown()
"""
IN_PYTHONS_END = """
import os, signal

from rq import Worker

class LastWill:
    def __del__(self, kill=os.kill, number=signal.SIGSTOP, worker=os.getpid()):
        kill(worker, number)

_will = LastWill()  # Python lets go of names like this one first of all

class StandsStill(Worker):
    pass
"""


@pytest.mark.parametrize("module", [IN_ITS_TEARDOWN, IN_PYTHONS_END], ids=["teardown", "the end of Python"])
def test_a_worker_whose_end_takes_long_ends_in_order(bench, module):
    (bench.modules.folder / "still.py").write_text(module)
    worker = bench.start_rq("worker --worker-class still.StandsStill default")
    with pytest.raises(BenchTimeout):
        worker.stop(timeout=2.5)
    assert psutil.Process(worker.pid).status() == psutil.STATUS_STOPPED
    worker.process.send_signal(signal.SIGCONT)
    assert worker.wait() == 0
    assert bench.redis.smembers("rq:workers") == set()


def test_a_busy_worker_is_not_woken_from_what_its_job_waits_for(bench, queue):
    bench.modules.save("patient", PATIENT)
    worker = bench.start_rq("worker --worker-class rq.SimpleWorker default")
    job = queue.enqueue("patient.wait_for_word")
    wait_until(lambda: bench.redis.info("clients")["blocked_clients"] == 1, what="the job's wait")
    with pytest.raises(BenchTimeout):
        worker.stop(timeout=2.5)
    bench.redis.rpush("rq:test:word", "go")
    assert worker.wait() == 0
    assert job.return_value() == "go"


PATIENT = """
import os
import redis

def wait_for_word():
    client = redis.Redis.from_url(os.environ["RQ_REDIS_URL"], socket_timeout=None)
    return client.blpop("rq:test:word")[1].decode()
"""


DIES_AT_WORK = """
import os, signal
import redis

def die():
    os.kill(os.getppid(), signal.SIGKILL)
    redis.Redis.from_url(os.environ["RQ_REDIS_URL"]).set("rq:test:died", 1)
"""


def test_a_worker_that_its_first_job_kills_was_started_all_the_same(bench, queue, monkeypatch):
    bench.modules.save("dies_at_work", DIES_AT_WORK)
    queue.enqueue("dies_at_work.die")

    def look_late(condition, timeout, what):  # the machine is so busy that the worker is dead before the first look
        wait_until(lambda: bench.redis.exists("rq:test:died"), 20, "the worker's death")
        return wait_until(condition, timeout, what)

    monkeypatch.setattr(rq_command, "wait_until", look_late)
    worker = bench.start_rq("worker default")
    monkeypatch.undo()
    assert worker.wait() == -signal.SIGKILL


def test_a_worker_is_not_ready_because_an_earlier_one_of_its_name_was(bench):
    worker = bench.start_rq("worker --name ada default")
    with pytest.raises(BenchError, match="There exists an active worker named 'ada' already"):
        bench.start_rq("worker --name ada default")
    assert worker.stop() == 0
    # What the first one left stays for a minute.
    assert bench.redis.hget("rq:worker:ada", "state") == b"idle"
    again = bench.start_rq("worker --name ada default")
    assert bench.redis.hget("rq:worker:ada", "pid") == str(again.pid).encode()
