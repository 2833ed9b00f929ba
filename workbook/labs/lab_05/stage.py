"""Follow jobs from attempt to attempt without waiting: the clock is moved, and the waits are read off Redis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from workbook.box.box import Box
from workbook.check.evidence import JobEvidence, Places, places, ran, read_job, server_time
from workbook.check.words import plural

MOST_ROUNDS = 8


@dataclass(frozen=True)
class Wait:
    """How long a job has to wait for its next attempt: between two bounds about a second apart, for RQ cuts due times
    to whole seconds."""

    low: float
    high: float

    def may_be(self, seconds: float) -> bool:
        """Whether it can have been that long."""
        return self.low <= seconds <= self.high

    def overlaps(self, other: Wait) -> bool:
        """Whether it can have been as long as another one."""
        return self.low <= other.high and other.low <= self.high

    def __str__(self) -> str:
        return f"{round((self.low + self.high) / 2)} s"


@dataclass(frozen=True)
class Followed:
    """What became of a job: how often its order arrived at the provider, the waits between, and its end, as it was
    when the job waited for no further attempt."""

    attempts: int
    waits: tuple[Wait, ...]
    end: JobEvidence

    def match(self, seconds: Sequence[float]) -> bool:
        """Whether the waits can be these."""
        return len(seconds) == len(self.waits) and all(
            wait.may_be(one) for wait, one in zip(self.waits, seconds, strict=True)
        )

    def __str__(self) -> str:
        return f"{plural(self.attempts, 'attempt')}, waits: {', '.join(map(str, self.waits)) or 'none'}"


@contextmanager
def worker_for(box: Box, tried: str) -> Iterator[Callable[[], Places]]:
    """A worker that stays while you look on; call what you get to wait until nothing is queued and nothing runs."""
    worker = box.start_worker(burst=False)

    def settle() -> Places:
        nonlocal worker
        if worker.ended:
            worker = box.start_worker(burst=False)
        ran(worker.wait(portions=2, until=lambda: places(box.redis).settled), tried)
        return places(box.redis)

    try:
        yield settle
    finally:
        worker.kill()


def follow(box: Box, orders: Mapping[str, str], tried: str) -> dict[str, Followed]:
    """Run jobs (id → order) until none of them waits for another attempt; an attempt is a call at the provider."""
    waits: dict[str, list[Wait]] = {id: [] for id in orders}
    ends: dict[str, JobEvidence] = {}
    calls: Counter[str] = Counter()
    before = server_time(box.redis)
    with worker_for(box, tried) as settle:
        for _ in range(MOST_ROUNDS):
            scheduled, after, seen = settle().scheduled, server_time(box.redis), calls
            calls = Counter(call.order for call in box.provider.calls)
            for id, order in orders.items():
                waits[id] += [Wait(0, 0)] * (calls[order] - seen[order] - 1)
                if id in scheduled:
                    waits[id].append(Wait(scheduled[id] - after, scheduled[id] - before + 1))
                elif id not in ends:  # now: what has finished is forgotten when time passes
                    ends[id] = read_job(box.redis, id)
            if not any(id in scheduled for id in orders):
                break
            before = server_time(box.redis)
            box.advance(max(scheduled.values()) - before + 1)
    return {
        id: Followed(calls[order], tuple(waits[id]), ends.get(id) or read_job(box.redis, id))
        for id, order in orders.items()
    }
