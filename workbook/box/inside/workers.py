"""RQ's workers, as a box runs them."""

from __future__ import annotations

from typing import Any

from rq import Queue, SimpleWorker, Worker
from rq.worker import BaseWorker

from .calls import connect


class WithoutPubsub:
    """RQ's worker without the thread that listens for commands: ending it takes a second now and then."""

    def subscribe(self) -> None:
        """Listen to nobody."""

    def unsubscribe(self) -> None:
        """Nothing to end."""


class QuietSimpleWorker(WithoutPubsub, SimpleWorker):
    """RQ's worker that runs jobs in its own process."""


class QuietWorker(WithoutPubsub, Worker):
    """RQ's worker that forks a work-horse for each job."""


KINDS: dict[str, type[BaseWorker]] = {"simple": QuietSimpleWorker, "fork": QuietWorker}


def work(order: dict[str, Any]) -> dict[str, Any]:
    """Run a worker."""
    connection = connect()
    queues = [Queue(name, connection=connection) for name in order["queues"]]
    worker = KINDS[order["kind"]](queues, connection=connection, name=order["name"])
    worker.work(burst=order["burst"], with_scheduler=order["scheduler"], logging_level="WARNING")
    return {}
