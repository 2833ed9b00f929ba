"""Shared by all tests: a temp folder of the session's own, real benches and servers, and kernels that can be killed."""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from pathlib import Path

import psutil
import pytest
from rq import Queue

from workbook.bench import Bench, wait_until
from workbook.bench.server import PrivateServer
from workbook.keeper.keeper import Keeper

ROOT = Path(__file__).parents[1]
# What a reader's shell may hold and what would change the tests. WORKBOOK_REDIS_SERVER stays: it chooses the server.
READERS_SETTINGS = ("REDIS_URL", "RQ_KEY_PREFIX", "PYTHONDONTWRITEBYTECODE")


@pytest.fixture(scope="session", autouse=True)
def session_folder(tmp_path_factory):
    """The TMPDIR of this session and of all that it starts; at the end nothing of ours may be in it, or run from it."""
    tmp_path_factory.getbasetemp()  # pytest keeps its own folders, for a look after a failure, where they always are
    folder = Path(tempfile.mkdtemp(prefix="rqt-")).resolve()
    before, os.environ["TMPDIR"] = os.environ.get("TMPDIR"), str(folder)
    tempfile.tempdir = str(folder)
    yield folder
    tempfile.tempdir = None
    del os.environ["TMPDIR"]
    if before is not None:
        os.environ["TMPDIR"] = before
    deadline = time.monotonic() + 30
    while (left := what_is_left(folder)) and time.monotonic() < deadline:
        time.sleep(0.05)
    shutil.rmtree(folder, ignore_errors=True)
    assert left == []


def what_is_left(folder):
    """Our scratch folders below `folder`, and the processes that carry its name in command line, environment or cwd."""
    left = [str(path) for path in folder.rglob("rq-workbook-*")]
    for process in psutil.process_iter():
        if process.pid == os.getpid():
            continue
        try:
            texts = [*process.cmdline(), *process.environ().values(), process.cwd()]
        except psutil.Error:  # it has just ended
            continue
        if any(str(folder) in text for text in texts):
            left.append(f"process {process.pid}: {texts[:4]}")
    return left


@pytest.fixture(autouse=True)
def readers_settings(monkeypatch):
    """Start every test from an environment without settings of the reader's shell."""
    for name in READERS_SETTINGS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def bench():
    """A bench on a private server."""
    bench = Bench("test")
    yield bench
    bench.close()


@pytest.fixture(scope="module")
def module_bench(request):
    """A bench for all tests of a module, with the modules for its workers that the module's MODULES holds."""
    bench = Bench(request.module.__name__.rpartition("_")[2])
    for name, source in getattr(request.module, "MODULES", {}).items():
        (bench.modules.folder / f"{name}.py").write_text(source)
    yield bench
    bench.close()


@pytest.fixture
def emptied_bench(module_bench):
    """The module's bench without a key."""
    module_bench.redis.flushdb()
    return module_bench


@pytest.fixture(scope="module")
def payments(module_bench):
    """A payment provider beside the module's bench; the jobs find its socket in the environment, as PAYMENTS."""
    provider = module_bench.start_payment_provider()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PAYMENTS", provider.socket)
        yield provider


@pytest.fixture
def redis(bench):
    """The client of the test's bench."""
    return bench.redis


@pytest.fixture
def queue(redis):
    """The default queue of the test's bench."""
    return Queue(connection=redis)


@pytest.fixture
def keeper():
    """A keeper without a server."""
    keeper = Keeper()
    yield keeper
    keeper.close()


@pytest.fixture
def users_server(keeper):
    """A server that plays the reader's own: REDIS_URL points at it when a test says so."""
    return PrivateServer(keeper, "users-server")


@pytest.fixture
def in_background():
    """Run a function in a thread; returns a function that waits for its result. All are awaited at the end."""
    threads = []

    def start(function, *args):
        results = []
        thread = threading.Thread(target=lambda: results.append(function(*args)), daemon=True)
        thread.start()
        threads.append(thread)

        def result(timeout=60):
            thread.join(timeout)
            return results[0]

        return result

    yield start
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


class Kernel:
    """A Python process that plays a notebook's kernel, in a process group of its own: it may be interrupted or killed.

    The script tells the test what it needs by `tell(name=value, …)`: one JSON object a line.
    """

    TELL = "import json\ndef tell(**what):\n    print(json.dumps(what), flush=True)\n"

    def __init__(self, script, log, env):
        self.log = log
        with log.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-c", self.TELL + textwrap.dedent(script)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT), **env},
                start_new_session=True,
            )
        self.pid = self.process.pid

    def hear(self, timeout=60):
        """The next thing that the script tells."""
        ready, _, _ = select.select([self.process.stdout], [], [], timeout)
        line = self.process.stdout.readline() if ready else b""
        assert line, f"the kernel told nothing more; its errors: {self.log.read_text()}"
        return json.loads(line)

    def descendants(self):
        """All processes below the kernel."""
        return psutil.Process(self.pid).children(recursive=True)

    def kill(self):
        """SIGKILL the kernel only, and wait until it is dead."""
        self.process.kill()
        self.process.wait()

    def end(self):
        """Close its input, then wait for its end; whatever still lives is killed."""
        self.process.stdin.close()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        finally:
            self.process.stdout.close()


@pytest.fixture
def start_kernel(tmp_path):
    """Start scripts as kernels; they are ended with the test. `sys.stdin.read()` waits for that in a script."""
    kernels = []

    def start(script, **env):
        kernels.append(Kernel(script, tmp_path / f"kernel-{len(kernels)}.log", env))
        return kernels[-1]

    yield start
    for kernel in kernels:
        kernel.end()


@pytest.fixture
def wait_for_end():
    """Wait until processes are gone (a zombie is), and folders too."""

    def wait(processes, folder=None, timeout=30):
        def lives(process):
            try:
                return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
            except psutil.NoSuchProcess:
                return False

        def gone():
            return not any(map(lives, processes)) and not (folder and Path(folder).exists())

        wait_until(gone, timeout, f"the end of {processes} and {folder}")

    return wait


@pytest.fixture
def alarm():
    """Raise KeyboardInterrupt in the main thread, once, after some seconds: `with suppress(...): alarm(0.001)`."""
    armed = False

    def ring(*_):
        nonlocal armed
        if armed:
            armed = False
            raise KeyboardInterrupt

    def set_alarm(seconds):
        nonlocal armed
        armed = seconds > 0
        signal.setitimer(signal.ITIMER_REAL, seconds)

    before = signal.signal(signal.SIGALRM, ring)
    yield set_alarm
    set_alarm(0)
    signal.signal(signal.SIGALRM, before)
