"""Speed of the views, as ratios measured side by side in one run. See README.md beside this file.

`python benchmarks/bench_view.py` prints a table and exits with 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from redis import Redis  # noqa: E402
from rq import Queue  # noqa: E402

from benchmarks.bench_speed import Compared, alternate  # noqa: E402
from workbook.bench import Bench  # noqa: E402
from workbook.bench.binary import find_binary, server_version  # noqa: E402
from workbook.view import keys, trace  # noqa: E402
from workbook.view.keys import MEMBERS_READ, PAGE_ROWS, SCAN_COUNT  # noqa: E402


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


def main() -> int:
    parser = argparse.ArgumentParser(description="Speed of the views, as ratios measured side by side in one run.")
    parser.add_argument("--rounds", type=int, default=20, help="rounds a comparison (20)")
    options = parser.parse_args()
    for name in ("REDIS_URL", "RQ_KEY_PREFIX"):
        os.environ.pop(name, None)
    print(f"{server_version(find_binary())}, Python {sys.version.split()[0]}, {os.cpu_count()} cores; medians\n")
    bench = Bench("view")
    try:
        compared = compare(bench.redis, 10_000, options.rounds)
    finally:
        bench.close()
    print(compared)
    return int(compared.missed)


if __name__ == "__main__":
    sys.exit(main())
