"""Speed of the views, as ratios measured side by side in one run. See README.md beside this file.

`python benchmarks/bench_view.py` prints a table and exits with 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from redis import Redis  # noqa: E402
from rq import Queue  # noqa: E402

from benchmarks.bench_speed import Compared, alternate  # noqa: E402
from workbook.bench import Bench  # noqa: E402
from workbook.bench.binary import find_binary, server_version  # noqa: E402
from workbook.view import board, keys, trace  # noqa: E402
from workbook.view.board import EVERY_SECONDS  # noqa: E402
from workbook.view.keys import MEMBERS_READ, PAGE_ROWS, SCAN_COUNT  # noqa: E402
from workbook.view.lanes import parse_time  # noqa: E402

WORKED_OFF, ENQUEUED = 400, 300


def fill(redis: Redis, jobs: int) -> None:
    """Enqueue jobs, all at once."""
    Queue(connection=redis).enqueue_many(
        [Queue.prepare_data("habits.remind", (number, "by mail"), job_id=f"j{number:06}") for number in range(jobs)]
    )


def bare(redis: Redis) -> None:
    """What it takes at least: all names as text, each once, and time to live, size and content of the first page."""
    names = sorted({name.decode() for name in redis.scan_iter(count=SCAN_COUNT) if name.startswith(b"rq:")})
    pipeline = redis.pipeline(transaction=False)
    for name in names[:PAGE_ROWS]:
        pipeline.pttl(name)
        pipeline.hlen(name)
        pipeline.hscan(name, count=MEMBERS_READ)
    pipeline.execute()


def seconds(function: Callable[[], object]) -> float:
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def compare(redis: Redis, jobs: int, rounds: int) -> Compared:
    redis.flushdb()
    fill(redis, jobs)
    for name, read in (("keys()", lambda: keys(redis)), ("bare", lambda: bare(redis))):
        with trace(redis) as seen:
            read()
        print(f"{name} over {jobs} jobs: {seen.sent} round trips")
    return alternate(
        f"keys() over {jobs} jobs, and a bare SCAN and pipeline over the same page",
        1.5,
        rounds,
        lambda: seconds(lambda: keys(redis)),
        lambda: seconds(lambda: bare(redis)),
    )


@contextmanager
def watched(redis: Redis) -> Iterator[None]:
    """Read a board as often as a live one does, in a thread as it does."""
    ended, looked_at = threading.Event(), board(redis, "default")

    def look() -> None:
        while not ended.wait(EVERY_SECONDS):
            looked_at.read()

    thread = threading.Thread(target=look)
    thread.start()
    yield
    ended.set()
    thread.join()


def working_seconds(bench: Bench, with_board: bool) -> float:
    """From the start of the first job to the end of the last, of jobs that do nothing, by one SimpleWorker."""
    bench.redis.flushdb()
    jobs = [("builtins.len", ("Ada",), f"j{number}") for number in range(WORKED_OFF)]
    Queue(connection=bench.redis).enqueue_many(
        [Queue.prepare_data(call, arguments, job_id=id) for call, arguments, id in jobs]
    )
    with watched(bench.redis) if with_board else nullcontext():
        bench.rq("worker --burst --worker-class rq.SimpleWorker --quiet default", timeout=120)
    began = parse_time(bench.redis.hget("rq:job:j0", "started_at"))
    ended = parse_time(bench.redis.hget(f"rq:job:j{WORKED_OFF - 1}", "ended_at"))
    assert began is not None and ended is not None
    return ended - began


def compare_board(bench: Bench, rounds: int) -> Compared:
    return alternate(
        f"a worker's time for {WORKED_OFF} jobs with a board at {1 / EVERY_SECONDS:g} refreshes a second, and without",
        1 / 0.97,
        rounds,
        lambda: working_seconds(bench, True),
        lambda: working_seconds(bench, False),
    )


def compare_trace_off(bench: Bench, rounds: int) -> Compared:
    """Enqueue by a client that was traced before, and by one that never was."""
    traced, untouched = Redis.from_url(bench.url), Redis.from_url(bench.url)
    with trace(traced):
        traced.ping()

    def enqueue_by(redis: Redis) -> None:
        queue = Queue(connection=redis)
        for _ in range(ENQUEUED):
            queue.enqueue("builtins.len", "Ada")

    return alternate(
        f"enqueueing {ENQUEUED} jobs after a trace, and without one",
        1.05,
        rounds,
        lambda: seconds(lambda: enqueue_by(traced)),
        lambda: seconds(lambda: enqueue_by(untouched)),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Speed of the views, as ratios measured side by side in one run.")
    parser.add_argument("--rounds", type=int, default=20, help="rounds a comparison (20)")
    options = parser.parse_args()
    for name in ("REDIS_URL", "RQ_KEY_PREFIX"):
        os.environ.pop(name, None)
    print(f"{server_version(find_binary())}, Python {sys.version.split()[0]}, {os.cpu_count()} cores; medians\n")
    bench = Bench("view")
    try:
        compared = [
            compare(bench.redis, 10_000, options.rounds),
            compare_board(bench, options.rounds),
            compare_trace_off(bench, options.rounds),
        ]
    finally:
        bench.close()
    print(*compared, sep="\n")
    return int(any(one.missed for one in compared))


if __name__ == "__main__":
    sys.exit(main())
