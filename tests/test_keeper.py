"""Nothing survives a notebook: whoever of kernel, keeper and guard is killed, and however."""

import os
import signal
import sys
import tempfile
import time

import psutil
import pytest

from workbook.bench import Bench, BenchError, wait_until
from workbook.keeper import keeper as keeper_module
from workbook.keeper.keeper import Keeper

# A bench with everything on it: server, web server, worker, scheduler, and a work-horse in the middle of a job.
FULL_BENCH = """
    import sys
    from rq import Queue
    from workbook.bench import open_bench, wait_until
    bench = open_bench("full")
    bench.modules.save("long", "import os, pathlib, time\\ndef job():\\n"
        "    pathlib.Path('horse.pid').write_text(str(os.getpid()))\\n    time.sleep(600)\\n")
    provider = bench.start_mail_provider()
    worker = bench.start_rq("worker --with-scheduler")
    Queue(connection=bench.redis).enqueue("long.job")
    horse = bench.modules.folder / "horse.pid"
    wait_until(lambda: horse.exists() and horse.read_text(), 20, "the work-horse")
    try:
        tell(folder=str(bench.keeper.folder), horse=int(horse.read_text()), worker=worker.pid, server=bench.server.pid)
        sys.stdin.read()
    except KeyboardInterrupt:
        tell(interrupted=True, answer=bench.redis.ping())
        sys.stdin.read()
"""


def start_full_bench(start_kernel, **env):
    """Returns the kernel, what it told, and guard, keeper, server, web server, worker, scheduler and work-horse."""
    kernel = start_kernel(FULL_BENCH, **env)
    told = kernel.hear()
    processes = kernel.descendants()
    pids = {process.pid for process in processes}
    assert {told["horse"], told["worker"], told["server"]} < pids
    children_of_worker = {process.pid for process in psutil.Process(told["worker"]).children()}
    assert len(children_of_worker - {told["horse"]}) == 1  # the scheduler
    assert len(pids) == 7
    return kernel, told, processes


def test_a_closed_bench_leaves_no_process_and_no_folder(wait_for_end):
    bench = Bench("closing")
    bench.start_rq("worker")
    processes = psutil.Process().children(recursive=True)
    assert len(processes) >= 4
    assert bench.keeper.folder.is_dir()
    bench.close()
    wait_for_end(processes, bench.keeper.folder, timeout=0)
    bench.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_kernel_ended_by_a_signal_leaves_nothing(number, start_kernel, wait_for_end):
    kernel, told, processes = start_full_bench(start_kernel)
    os.killpg(kernel.pid, number)  # Jupyter signals a kernel's process group
    wait_for_end(processes, told["folder"])


@pytest.mark.parametrize("victim", ["guard", "keeper"])
def test_a_killed_keeper_or_guard_leaves_nothing(victim, start_kernel, wait_for_end):
    kernel, told, processes = start_full_bench(start_kernel)
    [guard] = psutil.Process(kernel.pid).children()
    [keeper] = guard.children()
    {"guard": guard, "keeper": keeper}[victim].kill()
    wait_for_end(processes, told["folder"])
    assert kernel.process.poll() is None


def test_an_interrupt_ends_nothing_and_the_kernels_own_end_everything(start_kernel, wait_for_end):
    kernel, told, processes = start_full_bench(start_kernel)
    os.killpg(kernel.pid, signal.SIGINT)
    assert kernel.hear() == {"interrupted": True, "answer": True}
    assert all(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes)
    kernel.end()
    assert kernel.process.returncode == 0, kernel.log.read_text()
    wait_for_end(processes, told["folder"])


def test_a_fork_that_outlives_the_killed_kernel_keeps_nothing_alive(start_kernel, wait_for_end):
    kernel = start_kernel("""
        import os, sys, time
        from workbook.bench import open_bench
        bench = open_bench("fork")
        if os.fork() == 0:
            time.sleep(600)
            os._exit(0)
        tell(folder=str(bench.keeper.folder), server=bench.server.pid)
        sys.stdin.read()
    """)
    told = kernel.hear()
    fork = next(child for child in psutil.Process(kernel.pid).children() if "keeper_main" not in str(child.cmdline()))
    try:
        others = [process for process in kernel.descendants() if process != fork]
        assert told["server"] in [process.pid for process in others]
        kernel.kill()
        wait_for_end(others, told["folder"])
        assert fork.is_running()
    finally:
        fork.kill()


def test_a_fork_that_ends_leaves_the_kernels_bench_open(start_kernel):
    kernel = start_kernel("""
        import os, sys
        from workbook.bench import open_bench
        bench = open_bench("fork")
        if os.fork() == 0:
            sys.exit()  # runs what the kernel registered for its own end
        os.wait()
        tell(closed=bench.keeper.closed, running=bench.server.running, answer=bench.redis.ping())
        sys.stdin.read()
    """)
    assert kernel.hear() == {"closed": False, "running": True, "answer": True}


def test_after_the_keeper_has_died_every_call_says_so_in_one_sentence():
    bench = Bench("orphaned")
    worker = bench.start_rq("worker")
    [guard] = [child for child in psutil.Process().children() if str(bench.keeper.folder) in child.cmdline()]
    [keeper] = guard.children()
    keeper.kill()
    for call in (
        lambda: bench.rq("worker --burst"),
        lambda: bench.start_rq("worker"),
        lambda: bench.start_api("anything:app"),
        bench.start_mail_provider,
        lambda: bench.private_server("another"),
        lambda: bench.modules.save("habits", "x = 1"),
        lambda: bench.server.running,
        bench.server.kill,
        bench.server.start,
        lambda: worker.returncode,
        worker.kill,
        worker.stop,
        worker.wait,
    ):
        with pytest.raises(BenchError, match=r"^The bench is closed, .* run the chapter's first cell again\.$"):
            call()
    bench.close()
    assert not bench.keeper.folder.exists()


def test_a_program_that_does_not_exist_is_a_bench_error_and_the_keeper_goes_on(keeper):
    log = keeper.folder / "log"
    with pytest.raises(BenchError, match=r"^/no/such/program cannot be started: No such file or directory\.$"):
        keeper.spawn(["/no/such/program"], env={}, cwd=keeper.folder, log=log)
    process = keeper.spawn([sys.executable, "-c", "print('fine')"], env={}, cwd=keeper.folder, log=log)
    assert process.wait() == 0
    assert process.log == "fine\n"


def test_exit_codes_are_told_as_they_are(keeper):
    def run(code):
        return keeper.spawn([sys.executable, "-c", code], env={}, cwd=keeper.folder, log=keeper.folder / "log")

    seven, sleeper = run("raise SystemExit(7)"), run("import time; time.sleep(600)")
    assert seven.wait() == 7
    assert sleeper.returncode is None
    sleeper.kill()
    assert sleeper.returncode == -9
    sleeper.send_signal(signal.SIGTERM)  # an ended process is left in peace
    seven.send_signal(signal.SIGTERM)
    assert (seven.returncode, sleeper.returncode) == (7, -9)


def test_an_interrupted_request_does_not_shift_the_answers(keeper, alarm):
    def run(code):
        return keeper.spawn([sys.executable, "-c", code], env={}, cwd=keeper.folder, log=keeper.folder / "log")

    ended, running = run("raise SystemExit(7)"), run("import time; time.sleep(600)")
    ended.wait()
    interrupted = 0
    for number in range(300):
        try:
            alarm(1e-6 + number * 1e-6)
            try:
                ended.returncode  # noqa: B018
            finally:
                alarm(0)
        except KeyboardInterrupt:
            interrupted += 1
        assert running.returncode is None
        assert ended.returncode == 7
    assert interrupted > 20


GENTLE = """
import os, signal, sys
def give_back(*_):
    others = [name for name in sys.argv[2:] if os.path.exists(f"/proc/{name}")]
    open(sys.argv[1], "w").write(f"others alive: {others}")
    sys.exit()
signal.signal(signal.SIGTERM, give_back)
"""


def spawn_gentle(keeper, then, *args):
    script = keeper.folder / "gentle.py"
    script.write_text(GENTLE + then)
    return keeper.spawn(
        [sys.executable, str(script), *args], env={}, cwd=keeper.folder, log=keeper.folder / "gentle.log", gentle=True
    )


UNBLOCK = "signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})\n"


def test_a_gentle_process_is_told_to_end_after_all_others_are_gone(tmp_path):
    keeper = Keeper()
    family = "import os, time\nif os.fork() == 0:\n    os.setsid()\nprint(os.getpid(), flush=True)\ntime.sleep(600)"
    other = keeper.spawn([sys.executable, "-c", family], env={}, cwd=keeper.folder, log=keeper.folder / "log")
    pids = wait_until(lambda: len(words := other.log.split()) == 2 and words)
    result = tmp_path / "result"
    gentle = spawn_gentle(
        keeper, UNBLOCK + "print('ready', flush=True)\nwhile True:\n    signal.pause()\n", str(result), *pids
    )
    wait_until(lambda: "ready" in gentle.log)
    keeper.close()
    assert result.read_text() == "others alive: []"


def test_a_gentle_process_that_is_told_before_it_is_ready_hears_it_later(tmp_path):
    keeper = Keeper()
    result = tmp_path / "result"
    spawn_gentle(keeper, UNBLOCK + "signal.pause()\n", str(result))
    keeper.close()  # the program has hardly begun to load
    assert result.read_text() == "others alive: []"


def test_a_gentle_process_that_does_not_end_is_killed(wait_for_end):
    keeper = Keeper()
    gentle = spawn_gentle(keeper, "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nsignal.pause()\n")
    process = psutil.Process(gentle.pid)
    keeper.close()
    wait_for_end([process], keeper.folder, timeout=0)


def test_a_temp_folder_with_a_space_does_as_well(session_folder, monkeypatch):
    folder = session_folder / "a folder with spaces"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    bench = Bench("space")
    assert bench.keeper.folder.parent == folder
    bench.modules.save("spaced", "def answer():\n    return 42\n")
    try:
        from rq import Queue

        job = Queue(connection=bench.redis).enqueue("spaced.answer")
        assert bench.rq("worker --burst").returncode == 0
        assert job.return_value() == 42
    finally:
        bench.close()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("place", ["/proc", "/no/such/folder"])
def test_a_scratch_folder_that_cannot_be_made_is_told_at_once(place, monkeypatch, wait_for_end):
    monkeypatch.setattr(tempfile, "tempdir", place)
    began = time.monotonic()
    with pytest.raises(BenchError, match=rf"^The scratch folder {place}/rq-workbook-\w+ cannot be made"):
        Keeper()
    assert time.monotonic() - began < 2.5


@pytest.mark.parametrize("spare", [1, 2, 3])
def test_too_few_file_descriptors_are_told(spare, start_kernel):
    kernel = start_kernel(f"""
        import os, resource, sys
        from workbook.bench import BenchError
        from workbook.keeper.keeper import Keeper
        highest = os.open(os.devnull, os.O_RDONLY)
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1 + {spare}, 4096))
        try:
            Keeper()
        except BenchError as error:
            tell(error=str(error))
        sys.stdin.read()
    """)
    told = "The bench cannot be opened: Too many open files; raise the limit (`ulimit -n 1024`) and start again."
    assert kernel.hear() == {"error": told}


def test_a_keeper_that_is_stopped_is_told_in_a_sentence_and_goes_on_afterwards(keeper, monkeypatch):
    monkeypatch.setattr(keeper_module, "ANSWER_SECONDS", 0.5)
    stopped = psutil.Process(keeper.pids["keeper"])
    stopped.suspend()
    try:
        with pytest.raises(BenchError, match=r"has not answered for 0\.5 s: it was stopped"):
            _ = keeper.pids
    finally:
        stopped.resume()
    monkeypatch.setattr(keeper_module, "ANSWER_SECONDS", 60)
    assert keeper.pids["keeper"] == stopped.pid  # the late answer to the first question is passed over
