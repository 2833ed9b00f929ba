"""How long a process has really had: time in which it could run and all was well, and the processor time it used.

A limit in seconds of the wall clock is used up by a busy, frozen or stopped machine, too, and blames whoever runs on
it. So time is taken in ticks, and of each tick only that part counts in which nobody was kept from running: not this
process, not those that are watched, not the server they talk to.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

TICK_SECONDS = 0.1
STOPPED_SECONDS = 5.0
HELD = (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP, psutil.STATUS_DISK_SLEEP)
LINUX = sys.platform.startswith("linux")

End = Literal["waits", "works", "stopped", "lost"]
"""Why patience is at its end: it had its time and did little; it used its processor time; somebody stopped it and it
was not let go on; too much time was lost to the machine."""


@dataclass(frozen=True)
class Look:
    """Processes at an instant: the processor seconds they and their reaped children have used, the seconds they waited
    for a processor (0 where the system does not say), whether one of them is kept from running otherwise (stopped, or
    held by a disk), and how many they are."""

    used: float
    delayed: float
    stopped: bool
    count: int


class Tree:
    """A process and all its descendants; or, without the root, the descendants only and what the root has reaped."""

    def __init__(self, root: psutil.Process, with_root: bool = True) -> None:
        self._root, self._with_root = root, with_root

    def look(self) -> Look:
        """The tree now; nothing for one that has ended."""
        used, found = 0.0, [self._root] if self._with_root else []
        with contextlib.suppress(psutil.Error):
            if not self._with_root:
                used = reaped_seconds(self._root)
            found += self._root.children(recursive=True)
        looks = [look_at(process) for process in found]
        return Look(
            used + sum(look.used for look in looks),
            sum(look.delayed for look in looks),
            any(look.stopped for look in looks),
            len(looks),
        )


def look_at(process: psutil.Process) -> Look:
    """One process."""
    try:
        times = process.cpu_times()
        stopped = process.status() in HELD
        return Look(times.user + times.system + reaped_seconds(process), run_delay(process.pid), stopped, 1)
    except psutil.Error:
        return Look(0.0, 0.0, False, 0)


def reaped_seconds(process: psutil.Process) -> float:
    """The processor seconds of the children that a process has reaped."""
    times = process.cpu_times()
    return getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)


def run_delay(pid: int) -> float:
    """The seconds that a process was ready to run and did not."""
    if not LINUX:
        return 0.0
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


class Watch:
    """Watches a tree while somebody waits for it: call `tick` often, and stop waiting when it gives a reason.

    `waits`, `works` and `gives` are as in `Patience`. `others` are processes it depends on, such as the server: what
    keeps them from running counts for it, and so does their work. Nothing is measured in the first tick: most waits
    are over by then.
    """

    def __init__(
        self,
        tree: Tree,
        waits: float,
        works: float,
        gives: float,
        others: Iterable[psutil.Process] = (),
    ) -> None:
        self.tree, self._others = tree, list(others)
        self._waits, self._works, self._gives = waits, works, gives
        self.had = self.lost = self.used = self.stopped = 0.0
        self.count = 0
        self._began = time.monotonic()
        self._last: tuple[float, Look] | None = None

    def due_in(self) -> float:
        """Seconds until the next tick has something to measure."""
        last = self._last[0] if self._last else self._began
        return max(0.0, last + TICK_SECONDS - time.monotonic())

    def tick(self) -> End | None:
        """Measure, if it is time to; why patience is at its end, if it is."""
        if self.due_in() > 0:
            return None
        now, look = time.monotonic(), self._look()
        before, self._last = self._last, (now, look)
        self.count = look.count
        if before:
            self._take(now - before[0], before[1], look)
        return self._end()

    def _look(self) -> Look:
        looks = [self.tree.look(), *map(look_at, self._others)]
        return Look(
            sum(look.used for look in looks),
            sum(look.delayed for look in looks),
            any(look.stopped for look in looks),
            looks[0].count,
        )

    def _take(self, seconds: float, before: Look, look: Look) -> None:
        """Add one tick to what the tree had, or what it lost."""
        self.used += max(0.0, look.used - before.used)
        late = max(0.0, seconds - 2 * TICK_SECONDS)  # this process itself did not wake in time
        delayed = max(0.0, look.delayed - before.delayed)
        had = 0.0 if look.stopped else max(0.0, seconds - late - delayed)
        self.had += had
        self.lost += seconds - had
        self.stopped = self.stopped + seconds if look.stopped else 0.0

    def _end(self) -> End | None:
        if self.used >= self._works:
            return "works"
        if self.had >= self._waits:
            return "works" if self.used > self.had / 2 else "waits"
        if self.stopped >= STOPPED_SECONDS:
            return "stopped"
        return "lost" if self.lost >= self._gives else None


def watch_fork(pid: int) -> Watch:
    """In a box: a watch over a child of this process, with the patience that the box has for one portion."""
    others = [psutil.Process(int(other)) for other in os.environ["BOX_STANDS_ON"].split()]
    return Watch(Tree(psutil.Process(pid)), **json.loads(os.environ["BOX_PATIENCE"]), others=others)
