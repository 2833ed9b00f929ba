"""A worker whose leases are short, so that the jobs of a dead one are found in seconds.

RQ counts a run as alive for 90 seconds after its last heartbeat (240 in a SimpleWorker), and looks for dead ones every
ten minutes at most. Beside this class, start both workers with OPTIONS, which make the heartbeats and the search as
frequent as RQ's command line allows.
"""

from __future__ import annotations

from redis.client import Pipeline
from rq import Worker
from rq.job import Job

OPTIONS = "--job-monitoring-interval 1 --maintenance-interval 1 --worker-ttl 16"
LEASE_SECONDS = 3


class ShortLeaseWorker(Worker):
    """`rq worker --worker-class workbook.bench.short_lease.ShortLeaseWorker`, on Linux: it forks, as RQ's default."""

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        """For how many seconds after a heartbeat the run counts as alive."""
        return LEASE_SECONDS

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """The worker itself is known for as long as one with RQ's leases: the run is short-lived, not the worker."""
        super().heartbeat(max(timeout or 0, self.job_monitoring_interval + 60), pipeline)
