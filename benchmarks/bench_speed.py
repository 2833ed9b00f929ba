"""Speed of the bench, as ratios measured side by side in one run. See README.md beside this file.

`python benchmarks/bench_speed.py` prints a table and exits with 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from redis import Redis  # noqa: E402
from rq import Queue  # noqa: E402
from rq.job import Job  # noqa: E402

from workbook.bench import Bench  # noqa: E402
from workbook.bench.binary import find_binary, server_version  # noqa: E402
from workbook.bench.rq_command import child_environment  # noqa: E402
from workbook.bench.server import PrivateServer, free_port  # noqa: E402
from workbook.keeper.keeper import Keeper  # noqa: E402

PLAIN_LOOP = """
import sys
import nbformat
from nbclient import NotebookClient
for path in sys.argv[1:]:
    NotebookClient(nbformat.read(path, 4), timeout=60, kernel_name="python3").execute()
"""
NBVAL = [
    *("-q", "--nbval", "--nbval-cell-timeout", "60"),
    *("-p", "workbook.author.nbval_guard", "-p", "no:valkey", "-p", "no:cacheprovider"),
]


@dataclass
class Compared:
    """Ours and bare, in seconds a round."""

    what: str
    bar: float | None
    ours: list[float]
    bare: list[float]

    @property
    def ratio(self) -> float:
        return statistics.median(self.ours) / statistics.median(self.bare)

    @property
    def missed(self) -> bool:
        return self.bar is not None and self.ratio > self.bar

    def __str__(self) -> str:
        def shown(seconds: list[float]) -> str:
            text = f"{statistics.median(seconds):7.3f} s"
            return text + (f" ({min(seconds):.3f} to {max(seconds):.3f})" if len(seconds) > 1 else "")

        verdict = f"bar {self.bar:.2f}: {'MISSED' if self.missed else 'ok'}" if self.bar else "no bar"
        return (
            f"{self.what}\n    ours {shown(self.ours)}   bare {shown(self.bare)}   n = {len(self.ours)} each\n"
            f"    ratio {self.ratio:.2f}, {verdict}"
        )


def alternate(what: str, bar: float, rounds: int, ours: Callable[[], float], bare: Callable[[], float]) -> Compared:
    """Run both in turn, each first in every second round, after one round that does not count."""
    result = Compared(what, bar, [], [])
    for number in range(rounds + 1):
        sides = [(result.ours, ours), (result.bare, bare)]
        for times, side in sides if number % 2 else reversed(sides):
            seconds = side()
            if number:
                times.append(seconds)
    return result


def our_server() -> float:
    """Seconds until a server of ours has answered a client's PING, from nothing: the keeper's start is in it."""
    began = time.perf_counter()
    keeper = Keeper()
    try:
        with Redis.from_url(PrivateServer(keeper).url) as client:
            client.ping()
        return time.perf_counter() - began
    finally:
        keeper.close()


def bare_server() -> float:
    """Seconds until the bare binary has answered a PING, asked every millisecond."""
    binary, port = find_binary().path, free_port()
    assert binary is not None
    with tempfile.TemporaryDirectory() as folder:
        options = f"--bind 127.0.0.1 --port {port} --appendonly no --daemonize no".split()
        began = time.perf_counter()
        process = subprocess.Popen([binary, *options, "--save", ""], cwd=folder, stdout=subprocess.DEVNULL)
        try:
            while not answers(port):
                time.sleep(0.001)
            return time.perf_counter() - began
        finally:
            process.kill()
            process.wait()


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as client:
            client.sendall(b"PING\r\n")
            return client.recv(100) == b"+PONG\r\n"
    except OSError:
        return False


def first_results(rounds: int) -> list[Compared]:
    """A job's result by a burst worker, through the bench and by the bare command; and the command's own end."""
    bench = Bench("speed")
    bench.modules.save("speed", "def answer():\n    return 42\n")
    queue = Queue(connection=bench.redis)
    ends = Compared("`rq worker --burst`, from the call to the command's end", None, [], [])

    def timed(run: Callable[[], object], end: list[float]) -> float:
        job: Job = queue.enqueue("speed.answer")
        clock, began = time.time(), time.perf_counter()
        run()
        end.append(time.perf_counter() - began)
        job.refresh()
        assert job.return_value() == 42
        assert job.ended_at is not None
        return job.ended_at.timestamp() - clock

    def bare_command() -> None:
        with (bench.keeper.folder / "bare.log").open("wb") as log:
            subprocess.run(
                [sys.executable, "-m", "rq.cli", "worker", "--burst"],
                env=child_environment(bench.url, bench.modules.folder),
                cwd=bench.modules.folder,
                stdout=log,
                stderr=log,
                check=True,
            )

    try:
        results = alternate(
            "`rq worker --burst`, from the call to the job's result",
            1.3,
            rounds,
            lambda: timed(lambda: bench.rq("worker --burst"), ends.ours),
            lambda: timed(bare_command, ends.bare),
        )
    finally:
        bench.close()
    del ends.ours[0], ends.bare[0]  # the round that does not count
    return [results, ends]


def count_failures(what: str, starts: int, at_once: int) -> bool:
    """Start servers, print how many did not answer; True when any did not."""

    def works(_: int) -> bool:
        try:
            our_server()
        except Exception as error:
            print(f"    {type(error).__name__}: {error}")
            return False
        return True

    with ThreadPoolExecutor(at_once) as pool:
        failures = list(pool.map(works, range(starts))).count(False)
    print(f"{what}\n    failures {failures} of {starts}: {'MISSED' if failures else 'ok'}", flush=True)
    return bool(failures)


def notebooks_cpu() -> Compared:
    """CPU seconds, of all processes below, that nbval and a plain nbclient loop need for the notebooks, once each."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("REDIS_URL", None)
    with tempfile.TemporaryDirectory() as folder:
        copies = shutil.copytree(ROOT / "notebooks", Path(folder) / "notebooks")
        paths = sorted(str(path) for path in copies.glob("*.ipynb"))

        def cpu_seconds(*arguments: str) -> float:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            done = subprocess.run(
                [sys.executable, *arguments, *paths], cwd=copies, env=environment, capture_output=True, text=True
            )
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            if done.returncode:
                print(f"    the notebooks did not run through:\n{(done.stdout + done.stderr)[-1000:]}")
            return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

        plain = cpu_seconds("-c", PLAIN_LOOP)
        nbval = cpu_seconds("-m", "pytest", *NBVAL, "--rootdir", str(copies))
    return Compared(
        f"nbval (ours), plain nbclient loop (bare), {len(paths)} notebooks, CPU time", 1.3, [nbval], [plain]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Speed of the bench, as ratios measured side by side in one run.")
    parser.add_argument("--rounds", type=int, default=20, help="rounds a comparison (20)")
    parser.add_argument("--no-notebooks", action="store_true", help="leave out nbval and nbclient, which take a minute")
    options = parser.parse_args()
    for name in ("REDIS_URL", "RQ_KEY_PREFIX"):
        os.environ.pop(name, None)
    print(f"{server_version(find_binary())}, Python {sys.version.split()[0]}, {os.cpu_count()} cores; medians\n")
    missed = []
    ready = alternate("server ready, until its first PONG", 2.5, options.rounds, our_server, bare_server)
    print(ready, flush=True)
    missed.append(ready.missed)
    for compared in first_results(options.rounds):
        print(compared, flush=True)
        missed.append(compared.missed)
    missed.append(count_failures("50 servers in a row", 50, 1))
    missed.append(count_failures("8 servers at once, 4 times", 32, 8))
    if not options.no_notebooks:
        compared = notebooks_cpu()
        print(compared)
        missed.append(compared.missed)
    return int(any(missed))


if __name__ == "__main__":
    sys.exit(main())
