"""Follow jobs from attempt to attempt without waiting: the clock is moved, and the waits are read off Redis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbook.bench.box import Box
from workbook.check.evidence import places, ran, server_time

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
    """What became of a job: how often its order arrived at the provider, and the waits between."""

    attempts: int
    waits: tuple[Wait, ...]

    def match(self, seconds: Sequence[float]) -> bool:
        """Whether the waits can be these."""
        return len(seconds) == len(self.waits) and all(
            wait.may_be(one) for wait, one in zip(self.waits, seconds, strict=True)
        )

    def __str__(self) -> str:
        return f"{plural(self.attempts, 'attempt')}, waits: {', '.join(map(str, self.waits)) or 'none'}"


def follow(box: Box, orders: Mapping[str, str], tried: str) -> dict[str, Followed]:
    """Run jobs (id → order) until none of them waits for another attempt; an attempt is a call at the provider."""
    waits: dict[str, list[Wait]] = {id: [] for id in orders}
    calls: Counter[str] = Counter()
    for _ in range(MOST_ROUNDS):
        before, seen = server_time(box.redis), calls
        ran(box.work(deadline=WORKER_SECONDS), tried)
        after, scheduled = server_time(box.redis), places(box.redis).scheduled
        calls = Counter(call.order for call in box.provider.calls)
        for id, order in orders.items():
            waits[id] += [Wait(0, 0)] * (calls[order] - seen[order] - 1)
            if id in scheduled:
                waits[id].append(Wait(scheduled[id] - after, scheduled[id] - before + 1))
        if not any(id in scheduled for id in orders):
            break
        box.advance(max(scheduled.values()) - server_time(box.redis) + 1)
    return {id: Followed(calls[order], tuple(waits[id])) for id, order in orders.items()}


def set_scene(box: Box) -> None:
    """Lay `scene.py` into the box."""
    box.put({"scene.py": SCENE.read_text(encoding="utf-8")})


def plural(number: int, what: str) -> str:
    """ "1 attempt", "2 attempts"."""
    return f"{number} {what}{'' if number == 1 else 's'}"
