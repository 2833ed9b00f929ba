"""Follow jobs from attempt to attempt without waiting: the clock is moved, and the waits are read off Redis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from workbook.bench.box import Box, Exit
from workbook.check.evidence import JobEvidence, Places, places, ran, read_job, server_time

WORKER_SECONDS = 3.0
MOST_ROUNDS = 8
SCENE = Path(__file__).with_name("scene_05.py")


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
        ran(worker.wait(WORKER_SECONDS, until=lambda: places(box.redis).settled), tried)
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


def set_scene(box: Box) -> None:
    """Lay `scene.py` into the box."""
    box.put({"scene.py": SCENE.read_text(encoding="utf-8")})


def ran_in_scene(exit: Exit, tried: str) -> Exit:
    """`ran`, whose message leaves out the lines of the scene."""
    raised = exit.raised and replace(exit.raised, lines=own(exit.raised.lines))
    return ran(replace(exit, raised=raised), tried)


def own(lines: str) -> str:
    """The lines of a traceback that are the answer's own."""
    return "\n".join(line for line in lines.splitlines() if not line.startswith("scene.py, "))


def plural(number: int, what: str) -> str:
    """ "1 attempt", "2 attempts"."""
    return f"{number} {what}{'' if number == 1 else 's'}"
