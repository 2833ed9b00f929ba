"""The map of RQ's keys: every pattern that RQ 3.0.0 writes, its Redis type, and what it is in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from workbook import rq_keys
from workbook.rq_keys import Family


@dataclass(frozen=True, eq=False)
class Pattern:
    """A family of keys.

    `keys` says how they are named; `type` is the Redis type; `meaning` one sentence; `role` what it is for a job: body,
    position, lease, bond (to other jobs), worker, clock, lock, or index. `score` says what a sorted set's scores are.
    """

    keys: Family
    type: str
    role: str
    meaning: str
    score: str = ""

    @property
    def template(self) -> str:
        """The key after the prefix, with names in braces."""
        return self.keys.template


# Where two fit, the first is taken, so the longer ones stand first. A job id has no colon; a queue's name may have.
PATTERNS = (
    Pattern(rq_keys.job, "hash", "body", "a job: its call, its status, its times"),
    Pattern(rq_keys.dependents, "set", "bond", "the jobs that wait for this one"),
    Pattern(rq_keys.dependencies, "set", "bond", "the jobs that this one waits for"),
    Pattern(rq_keys.results, "stream", "body", "what the job's runs returned or raised, the last ten"),
    Pattern(rq_keys.queues, "set", "index", "every queue that was ever used"),
    Pattern(rq_keys.compacted, "list", "position", "a queue while RQ removes dead ids from it"),
    Pattern(rq_keys.first_seen, "string", "clock", "when maintenance first saw this job taken and not started"),
    Pattern(rq_keys.intermediate, "list", "position", "jobs taken by a worker and not started yet"),
    Pattern(rq_keys.queue, "list", "position", "the queue: ids of the jobs that wait, next one first"),
    Pattern(rq_keys.wip, "zset", "lease", "runs in progress, with the time until which they count as alive", "until"),
    Pattern(rq_keys.executions, "zset", "lease", "the runs of this job that are in progress", "until"),
    Pattern(rq_keys.execution, "hash", "lease", "one run: its worker and its last heartbeat"),
    Pattern(rq_keys.finished, "zset", "position", "jobs that finished, until their results expire", "until"),
    Pattern(rq_keys.failed, "zset", "position", "jobs that failed, kept to be looked at", "until"),
    Pattern(rq_keys.scheduled, "zset", "position", "jobs that wait for their time", "due"),
    Pattern(rq_keys.deferred, "zset", "position", "jobs that wait for other jobs", "since"),
    Pattern(rq_keys.ready, "zset", "position", "jobs whose dependencies are done, on their way to the queue", "since"),
    Pattern(rq_keys.canceled, "zset", "position", "jobs that were canceled; never cleaned", "since"),
    Pattern(rq_keys.workers, "set", "worker", "all registered workers"),
    Pattern(rq_keys.workers_of, "set", "worker", "the workers that listen to this queue"),
    Pattern(rq_keys.worker_executions, "set", "worker", "the runs that this worker has in hand"),
    Pattern(rq_keys.worker, "hash", "worker", "a worker: its state, its last heartbeat, what it has done"),
    Pattern(rq_keys.scheduler_lock, "string", "lock", "which scheduler looks after this queue"),
    Pattern(rq_keys.scheduler, "hash", "worker", "a scheduler: its process and its queues"),
    Pattern(rq_keys.clean_registries, "string", "lock", "somebody is doing maintenance on this queue"),
    Pattern(rq_keys.clean_groups, "string", "lock", "groups were cleaned within the last ten minutes"),
    Pattern(rq_keys.groups, "set", "index", "all groups"),
    Pattern(rq_keys.group, "set", "bond", "the jobs of a group"),
    Pattern(rq_keys.rate_limits, "set", "index", "all rate limits"),
    Pattern(rq_keys.rate_limited, "zset", "position", "jobs that wait for a free place under the limit", "since"),
    Pattern(rq_keys.rate_allowed, "zset", "lease", "jobs that hold a place under the limit", "since"),
    Pattern(rq_keys.rate_limit, "hash", "clock", "a rate limit: how many jobs at once"),
    Pattern(rq_keys.suspended, "string", "lock", "workers take no jobs while this exists"),
    Pattern(rq_keys.cron_schedulers, "zset", "index", "all cron programs, with their last heartbeat", "since"),
    Pattern(rq_keys.cron_scheduler, "hash", "worker", "a cron program and its timetable"),
    Pattern(rq_keys.cron_job, "zset", "index", "the jobs that a cron entry has made", "since"),
    Pattern(rq_keys.cron_jobs, "zset", "index", "when each cron entry last made a job", "since"),
)

# Names that cannot hold a colon; all others can.
NO_COLON = {"job", "run", "token"}


def _expression(pattern: Pattern) -> str:
    """A regular expression for the keys of a pattern, after the prefix."""
    parts = re.split(r"\{(\w+)\}", pattern.template)
    return "".join(
        ("[^:]+" if part in NO_COLON else ".+") if number % 2 else re.escape(part) for number, part in enumerate(parts)
    )


# One expression for all, as it is asked for every key: the group that matched is the pattern's place.
_ANY = re.compile("|".join(f"({_expression(pattern)})" for pattern in PATTERNS), re.DOTALL)


def places_of(keys: Iterable[str], prefix: str = "rq") -> dict[str, int]:
    """For each key under the prefix, the place in PATTERNS of its pattern; one past the end when it fits none."""
    fullmatch, start, unknown = _ANY.fullmatch, len(prefix) + 1, len(PATTERNS)
    return {key: match.lastindex - 1 if (match := fullmatch(key, start)) else unknown for key in keys}  # type: ignore[operator]


def classify(key: str, prefix: str = "rq") -> Pattern | None:
    """The pattern of a key under the prefix, or None for one that RQ 3.0.0 does not write."""
    place = places_of([key], prefix)[key]
    return PATTERNS[place] if place < len(PATTERNS) else None
