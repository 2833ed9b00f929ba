"""The scenes of lab 04: a queue after a bad night, made by RQ, by workers and by moves that a crash would make.

A scene is finished before an answer runs; then an answer may only look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from redis import Redis
from redis.client import Pipeline
from rq import Queue

from workbook import rq_keys
from workbook.box.box import REDIS, Box, Child, Given, IncidentError
from workbook.check.evidence import ran
from workbook.check.outcome import Finding, NotYet, expect, not_yet
from workbook.check.scenes import until_it_is_so

NIGHT = 300.0
WRONG_TYPE = (
    "Each type has its own commands: a list LRANGE, LPOS, LLEN; a sorted set ZRANGE, ZSCORE, ZCARD; a hash HGET. "
    "`redis.type(key)` tells which one a key is, and `rq:job:*` matches more than hashes."
)
NOT_TEXT = (
    "A pickle is bytes, not text, and cannot be decoded as a whole. Make the address bytes, too (`address.encode()`), "
    "and search bytes in bytes."
)
LOOKING = (
    "Whoever investigates must not move the evidence. RQ's registries clean up when they are asked (`get_job_ids`, "
    "`count`, `rq info`): what was *started* becomes *failed* because somebody looked."
)
KEYS_STOP = (
    "KEYS goes through every key of the server in one go, and serves nobody meanwhile: with a million keys all "
    "producers and workers stand still. SCAN (`scan_iter`) goes in small steps; best is to know the key's name."
)


class Stage:
    """Two queues with fresh names, and jobs with fresh ids that are put into the state that is asked for.

    `where` notes for each job of the first queue which list or sorted set holds it.
    """

    def __init__(self, box: Box, rng: Random) -> None:
        self.box, self.redis, self.rng = box, box.redis, rng
        self.queue, self.other = rng.sample([f"{word}-{rng.randrange(100)}" for word in ("mail", "push", "night")], 2)
        self.where: dict[str, str | None] = {}
        self._used: set[str] = set()

    def new_id(self) -> str:
        """An id that was never used."""
        while True:
            id = f"{self.rng.choice(('remind', 'digest', 'streak'))}-{self.rng.randrange(10**5, 10**6)}"
            if id not in self._used:
                self._used.add(id)
                return id

    def waiting(self, queue: str = "", **options: Any) -> str:
        """A job that is queued."""
        queue = queue or self.queue
        return self._note(self._enqueue(queue, **options), rq_keys.queue(queue))

    def taken(self, queue: str = "", **options: Any) -> str:
        """A job that a worker of one queue took, and did not start. The queue has to be empty before."""
        queue = queue or self.queue
        id = self._enqueue(queue, **options)
        self.redis.lmove(rq_keys.queue(queue), rq_keys.intermediate(queue), "LEFT", "RIGHT")
        return self._note(id, rq_keys.intermediate(queue))

    def lost(self, queue: str = "", **options: Any) -> str:
        """A job that a worker of two queues took, and did not start. The queue has to be empty before."""
        queue = queue or self.queue
        id = self._enqueue(queue, **options)
        self.redis.lpop(rq_keys.queue(queue))
        return self._note(id, None)

    def later(self, seconds: float) -> str:
        """A job that is scheduled."""
        id = self.new_id()
        queue = Queue(self.queue, connection=self.redis)
        queue.enqueue_in(timedelta(seconds=seconds), "builtins.len", "Ada", job_id=id)
        return self._note(id, rq_keys.scheduled(self.queue))

    def deferred(self, parent: str) -> str:
        """A job that waits for another one's end."""
        return self._note(self._enqueue(self.queue, depends_on=parent), rq_keys.deferred(self.queue))

    def run(self, returns: Sequence[str] = (), raises: Sequence[str] = ()) -> None:
        """Let a worker run what is queued; the ids say how each ends."""
        exit = self.box.work([self.queue], portions=5)
        if exit.how != "finished" or exit.raised:
            raise IncidentError("the scene", f"did not come about: its worker did not end well ({exit})")
        for ids, place in ((returns, rq_keys.finished), (raises, rq_keys.failed)):
            for id in ids:
                self._note(id, place(self.queue))

    def idle(self) -> None:
        """A worker of the first queue that has had nothing to do, and is dead. The queue has to be empty before."""
        key = rq_keys.workers_of(self.queue)
        there = self.redis.scard(key)
        worker = self.box.start_worker([self.queue], burst=False)
        until_it_is_so(worker, lambda: self.redis.scard(key) > there, "an idle worker")
        worker.kill()

    def running(self, queue: str = "", id: str = "") -> tuple[str, Child]:
        """A job that runs, and its worker. The queue has to be empty before."""
        queue = queue or self.queue
        id = id or self.new_id()
        self.box.enqueue("time.sleep", 600, queue=queue, job_id=id)
        worker = self.box.start_worker([queue])
        until_it_is_so(worker, lambda: self.redis.hget(rq_keys.job(id), "status") == b"started", "a running job")
        return self._note(id, rq_keys.wip(queue)), worker

    def _enqueue(self, queue: str, **options: Any) -> str:
        function, argument = options.pop("call", ("builtins.len", "Ada"))
        return self.box.enqueue(function, argument, queue=queue, job_id=self.new_id(), **options)

    def _note(self, id: str, key: str | None) -> str:
        self.where[id] = key
        return id


@dataclass(frozen=True)
class Look:
    """What an answer said of a scene: its value, its type's name, what it printed, and which commands it took."""

    value: Any
    type: str
    output: str
    commands: Counter[str]

    @property
    def keys(self) -> bool:
        """Whether one of the commands was KEYS."""
        return self.commands["keys"] > 0

    @property
    def shown(self) -> str:
        """The value; its type where it is no plain data."""
        return f"a {self.type}" if self.value is None and self.type != "NoneType" else repr(self.value)


def look(box: Box, tried: str, function: str, *args: Any) -> Look:
    """Let an answer look at the scene; ends the judgement when it does not come back, or changes the scene."""
    before, counted = picture(box.redis), commands(box.redis)
    exit = box.call(function, REDIS, *args)
    used = commands(box.redis) - counted
    if exit.raised and "WRONGTYPE" in exit.raised.text:
        not_yet(
            Finding(
                tried=tried,
                got=f"{exit.raised}\n{exit.raised.lines}",
                expected="commands that fit the type of the key",
                lesson=WRONG_TYPE,
            ),
        )
    if exit.raised and exit.raised.type == "UnicodeDecodeError":
        not_yet(
            Finding(
                tried=tried,
                got=f"{exit.raised}\n{exit.raised.lines}",
                expected="bytes that are searched as bytes",
                lesson=NOT_TEXT,
            ),
        )
    ran(exit, tried)
    after = picture(box.redis)
    changed = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    names = ", ".join(key.decode(errors="replace") for key in changed[:4])
    expect(
        not changed,
        Finding(
            tried=tried,
            got=f"afterwards these keys were not as before: {names}",
            expected="every key as it was",
            lesson=LOOKING,
        ),
    )
    return Look(exit.value, exit.type, exit.output, used)


def look_at_each(box: Box, function: str, queue: str, ids: Sequence[str], tried: str) -> Look:
    """Ask a function(redis, queue, id) about each id, in one process: `value` is a list.

    When that goes wrong they are asked about one by one, so that the message can name the job.
    """
    try:
        seen = look(box, tried, "scene.each", Given("function", function), queue, list(ids))
    except NotYet:
        name = function.rpartition(".")[2]
        for id in ids:
            look(box, f"`{name}(redis, {queue!r}, {id!r})`", function, queue, id)
        raise
    expect(
        isinstance(seen.value, list) and len(seen.value) == len(ids),
        Finding(
            tried=tried,
            got="what came back could not be read",
            expected="an answer for each job",
            lesson="Return plain, short values.",
        ),
    )
    return seen


def picture(redis: Redis) -> dict[bytes, tuple[Any, bool]]:
    """Every key with its content and whether it expires. (Not by DUMP: reading a hash may change the order in it.)"""
    keys = sorted(redis.scan_iter(count=1000))
    with redis.pipeline(transaction=True) as pipeline:
        for key in keys:
            pipeline.type(key)
            pipeline.pttl(key)
        replies = pipeline.execute()
        types, left = replies[::2], replies[1::2]
        for key, type in zip(keys, types, strict=True):
            read(pipeline, type, key)
        contents = pipeline.execute()
    return {key: (content, ms >= 0) for key, content, ms in zip(keys, contents, left, strict=True)}


def read(pipeline: Pipeline, type: bytes, key: bytes) -> None:
    """Ask for all that a key contains, by the command that fits its type."""
    if type == b"list":
        pipeline.lrange(key, 0, -1)
    elif type == b"zset":
        pipeline.zrange(key, 0, -1, withscores=True)
    elif type == b"hash":
        pipeline.hgetall(key)
    elif type == b"set":
        pipeline.smembers(key)
    elif type == b"stream":
        pipeline.xrange(key)
    else:
        pipeline.get(key)


def commands(redis: Redis) -> Counter[str]:
    """How often the server carried out each command."""
    counted = redis.info("commandstats")
    return Counter({name.removeprefix("cmdstat_"): one["calls"] for name, one in counted.items()})
