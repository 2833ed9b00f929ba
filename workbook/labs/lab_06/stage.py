"""Scenes of lab 06: real workers that die in the middle of an order, and one that lives."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

from workbook import rq_keys
from workbook.box.box import Box, Child
from workbook.check.evidence import places, read_job
from workbook.check.scenes import until_it_is_so

CHARGE = "shop.charge"
QUEUE_KEY = rq_keys.queue("default")
TAKEN_KEY = rq_keys.intermediate("default")
LATER = 600  # more than any lease of these jobs
DIES = ("kill before booking", "kill after booking")


class Stage:
    """A queue of orders. Workers of kind "simple" run jobs in their own process: a kill takes both at once."""

    def __init__(self, box: Box, rng: Random) -> None:
        self.box, self.rng = box, rng
        self._numbers = rng.sample(range(1000, 10000), 40)

    def name(self) -> str:
        """An order that was never seen before."""
        return f"order-{self._numbers.pop()}"

    def order(self, **options: Any) -> str:
        """Enqueue an order; returns its name, which is the job's id, too."""
        order = self.name()
        return self.box.enqueue(CHARGE, order, job_id=order, **options)

    def dies(self) -> str:
        """A fault that kills whoever runs the order: before the provider has booked it, or after."""
        return self.rng.choice(DIES)

    def worker_dies(self, *faults: str) -> None:
        """Run a worker that meets these faults; the last one kills it."""
        self.box.provider.plan(*faults)
        self.box.work(kind="simple", portions=3)

    def worker_hangs(self) -> Child:
        """Start a worker whose order hangs at the provider until `release`."""
        before = len(self.box.provider.calls)
        self.box.provider.plan("hang")
        child = self.box.start_worker()
        until_it_is_so(child, lambda: len(self.box.provider.calls) > before, "an order that hangs")
        return child

    def taken(self, id: str) -> None:
        """Take an id out of the queue and do not start it: what a worker of one queue does first."""
        self.box.redis.lrem(QUEUE_KEY, 0, id)
        self.box.redis.rpush(TAKEN_KEY, id)

    def release(self) -> None:
        """Let the provider answer the charges that hang."""
        self.box.provider.release()

    def calls(self) -> Counter[str]:
        """How often the provider was asked for each order."""
        return Counter(call.order for call in self.box.provider.calls)

    def status(self, id: str) -> str:
        """A job's status, from its hash."""
        return read_job(self.box.redis, id).status

    def whereabouts(self, id: str) -> str:
        """All places of a queue where an id stands, in words."""
        now = places(self.box.redis)
        found = {
            "the queue": now.queued.count(id),
            "the intermediate list": now.intermediate.count(id),
            "the leases of started jobs": now.started.count(id),
            "the failed jobs": now.failed.count(id),
        }
        words = [f"{name}, {count} times" if count > 1 else name for name, count in found.items() if count]
        return f"{id} says {self.status(id) or 'nothing'} and stands in {' and in '.join(words) or 'no list'}"
