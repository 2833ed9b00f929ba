"""How long a job stays `started` after its worker and work-horse were killed, and what shortens it.

    python benchmarks/measure_recovery.py            # about fourteen minutes: it waits for RQ's own clocks
    python benchmarks/measure_recovery.py --quick    # only the rows that take less than two

Every row has a server of its own, and all rows wait side by side. The victim runs one job that kills its worker, then
itself. The rescuer is started right after that and stays idle, so it does its first maintenance before the lease is
over, and has to come back. Printed: the lease that the dead run had left, and the seconds until the job was failed.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from redis import Redis
from rq import Queue

from workbook.bench import Bench, wait_until
from workbook.bench.short_lease import OPTIONS

EAGER = "--worker-ttl 20 --maintenance-interval 1"
SHORT = f"--worker-class workbook.bench.short_lease.ShortLeaseWorker {OPTIONS}"
JOB = """
import os
import signal

def die():
    os.kill(os.getppid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@dataclass(frozen=True)
class Row:
    """The options of the worker that dies and of the one that finds its job, and the longest wait in seconds."""

    victim: str
    rescuer: str
    patience: float


ROWS = (
    Row(SHORT, SHORT, 30),
    Row("--job-monitoring-interval 1", EAGER, 110),
    Row("", EAGER, 140),
    Row("", "--maintenance-interval 1", 600),
    Row("", "", 1200),
)


def measure(bench: Bench, number: int, row: Row) -> str:
    """Run one row; returns its line."""
    server = bench.private_server(f"row-{number}")
    redis = Redis.from_url(server.url)
    job = Queue(connection=redis).enqueue("dying.die")
    bench.start_rq(f"worker {row.victim} default", server=server).wait()
    began = time.monotonic()
    [(_, until)] = redis.zrange("rq:wip:default", 0, -1, withscores=True)
    lease = until - redis.time()[0]
    rescuer = bench.start_rq(f"worker {row.rescuer} default", server=server)
    wait_until(lambda: job.get_status() != "started", row.patience, "the job's recovery")
    seconds = time.monotonic() - began
    rescuer.stop()
    redis.close()
    status = job.get_status().value
    cells = (row.victim or "defaults", row.rescuer or "defaults", f"{lease:.0f}", f"{seconds:.1f}", status)
    return f"| {' | '.join(cells)} |"


def main() -> None:
    rows = [row for row in ROWS if "--quick" not in sys.argv or row.patience < 150]
    bench = Bench("recovery")
    try:
        (bench.modules.folder / "dying.py").write_text(JOB, encoding="utf-8")
        print("| worker that dies | worker that finds the job | lease left, s | `started` for, s | then |")
        print("|---|---|---|---|---|")
        with ThreadPoolExecutor(len(rows)) as threads:
            for line in threads.map(lambda numbered: measure(bench, *numbered), enumerate(rows)):
                print(line, flush=True)
    finally:
        bench.close()


if __name__ == "__main__":
    main()
