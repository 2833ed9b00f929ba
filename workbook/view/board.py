"""A board of queues and workers: one look, or one that keeps itself up to date below a cell.

    board(redis, "default", "mail")            # as it is now
    with board(redis, "default").live():       # updates until the block ends, also while a cell is busy
        ...

Reads with one pipeline of plain commands, so that looking changes nothing, and without extra widgets.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from workbook import rq_keys
from workbook.view.lanes import as_text
from workbook.view.table import Table

EVERY_SECONDS = 0.25
# Column, family of keys, and the command that counts it.
PLACES = (
    ("queued", rq_keys.queue, "llen"),
    ("taken", rq_keys.intermediate, "llen"),
    ("started", rq_keys.wip, "zcard"),
    ("scheduled", rq_keys.scheduled, "zcard"),
    ("deferred", rq_keys.deferred, "zcard"),
    ("finished", rq_keys.finished, "zcard"),
    ("failed", rq_keys.failed, "zcard"),
)
WORKER_FIELDS = ("state", "queues", "successful_job_count", "failed_job_count")


class Board:
    """What a set of queues and all workers look like; see `board`."""

    def __init__(self, redis: Redis, queues: tuple[str, ...], prefix: str) -> None:
        self.redis, self.queues, self.prefix = redis, queues, prefix

    def read(self) -> Table:
        """Count the queues' jobs by state, and list the workers, in one round trip."""
        pipeline = self.redis.pipeline(transaction=False)
        for queue in self.queues:
            for _, family, count in PLACES:
                getattr(pipeline, count)(family(queue, prefix=self.prefix))
        # The members of this set are the keys of the workers' hashes, so that one SORT can fetch their fields, too.
        fields = [f"*->{field}" for field in WORKER_FIELDS]
        pipeline.sort(rq_keys.workers(prefix=self.prefix), by="nosort", get=["#", *fields])
        *counts, workers = pipeline.execute()
        width = len(PLACES)
        rows = [
            [queue, *map(str, counts[number * width : (number + 1) * width])]
            for number, queue in enumerate(self.queues)
        ]
        notes = [worker_in_words(workers[place : place + 5], self.prefix) for place in range(0, len(workers), 5)]
        headers = ("queue", *(place for place, _, _ in PLACES))
        return Table("Jobs by queue and state", headers, rows, sorted(notes) or ["No worker is registered."])

    def __repr__(self) -> str:
        return repr(self.read())

    def _repr_html_(self) -> str:
        return self.read()._repr_html_()

    @contextmanager
    def live(self, every: float = EVERY_SECONDS) -> Iterator[None]:
        """Show the board below the cell and redraw it `every` so many seconds until the block ends.

        A thread of its own draws, so that the board moves while the cell is busy. Outside a notebook it is printed at
        the end. A server that goes away stops it with a word.
        """
        handle = display(self.read())
        ended = threading.Event()
        drawing = threading.Thread(target=self._draw_until, args=(ended, handle, every), daemon=True)
        drawing.start()
        try:
            yield
        finally:
            ended.set()
            drawing.join()
            self._draw(handle)
            if handle is None:
                print(self)

    def _draw_until(self, ended: threading.Event, handle: Any, every: float) -> None:
        while not ended.wait(every):
            self._draw(handle)

    def _draw(self, handle: Any) -> None:
        if handle is None:
            return
        try:
            handle.update(self.read())
        except RedisError as error:
            handle.update(Table("Jobs by queue and state", ("queue",), [], [f"The server does not answer: {error}"]))


def board(redis: Redis, *queues: str, prefix: str = "rq") -> Board:
    """A board of the named queues ("default" when none is named) and of all workers."""
    return Board(redis, queues or ("default",), prefix)


def display(table: Table) -> Any:
    """Show a table that can be updated, in a notebook; None elsewhere."""
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython():
        return sys.modules["IPython"].display.display(table, display_id=True)
    return None


def worker_in_words(values: list[bytes | str | None], prefix: str) -> str:
    """A worker's line; one whose hash has expired is dead, and still in the set."""
    name, state, queues, done, failed = (as_text(value or "") for value in values)
    name = name.removeprefix(rq_keys.worker.start(prefix))
    if not state:
        return f"{name}: gone without a word"
    return f"{name}: {state}, listens to {queues}, {done or 0} jobs done, {failed or 0} failed"
