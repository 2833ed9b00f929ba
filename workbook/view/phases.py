"""What commands are for: the phase of a job's life, or of a worker's, to which a step belongs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbook import rq_keys

ENDS = ("finished", "failed", "stopped", "canceled")
MAINTENANCE = ("clean_registries", "clean_groups", "groups", "rl-keys", "ready", "wip", "finished", "failed")
# Their keys name a job next to what they begin with.
JOB_NEXT = (rq_keys.job, rq_keys.dependencies, rq_keys.results, rq_keys.executions, rq_keys.execution)
READS = {"HGETALL", "HGET", "HMGET", "EXISTS", "MULTI", "EXEC"}

Words = Sequence[str]


def job_of(commands: Sequence[Words], prefix: str) -> str | None:
    """The first job that is named, by its hash, its results, its bonds or a run of it."""
    starts = "|".join(re.escape(family.start(prefix)) for family in JOB_NEXT)
    pattern = re.compile(rf"(?:{starts})([^:]+)")
    for words in commands:
        for word in words[1:]:
            if match := pattern.match(word):
                return match[1]
    return None


def phase_of(commands: Sequence[Words], prefix: str) -> str:
    """What a step is for, from the keys it touches and the status it sets: take, lease, start, end, heartbeat, …"""
    names = {words[0].upper() for words in commands}
    start = f"{prefix}:"
    keys = [word.removeprefix(start) for words in commands for word in words[1:] if word.startswith(start)]
    first = keys[0].partition(":")[0] if keys else ""
    if names & {"LMOVE", "BLMOVE", "LPOP", "BLPOP"}:
        return "take"
    if _has(commands, "ZADD", rq_keys.executions.start(prefix)):
        return "lease"
    if phase := _phase_of_status(commands, prefix):
        return phase
    if first == "queues" or names & {"RPUSH", "LPUSH"}:
        return "enqueue"
    if names <= {"WATCH", "UNWATCH", "SMEMBERS"} and first in ("job", ""):
        return "dependents"
    if first == "job" and names <= READS:
        return "read"
    if first in ("job", "worker") and _is_heartbeat(commands):
        return "heartbeat"
    if first in MAINTENANCE or (keys and keys[0].endswith(":intermediate")):
        return "maintenance"
    return "worker" if first in ("worker", "workers", "pubsub", "suspended") else "other"


def _has(commands: Sequence[Words], name: str, key_start: str) -> bool:
    """Whether a command of that name, in capitals, has a first key that starts so."""
    return any(words[0].upper() == name and words[1].startswith(key_start) for words in commands)


def _phase_of_status(commands: Sequence[Words], prefix: str) -> str | None:
    """The phase of a step that sets a job's status or gives a lease up; a run without an end comes again."""
    job = rq_keys.job.start(prefix)
    statuses = [
        dict(zip(words[2::2], words[3::2], strict=False)).get("status")
        for words in commands
        if words[0].upper() == "HSET" and words[1].startswith(job)
    ]
    if any(status in ENDS for status in statuses):
        return "end"
    if _has(commands, "ZREM", rq_keys.wip.start(prefix)):
        return "retry"
    status = next((status for status in reversed(statuses) if status), None)
    return {"started": "start", "queued": "enqueue"}.get(status, status) if status else None


def _is_heartbeat(commands: Sequence[Words]) -> bool:
    """Whether a step says no more than "I am alive": the time of it, and how long to believe it."""
    told = [words for words in commands if words[0].upper() in ("HSET", "EXPIRE")]
    return bool(told) and all(words[0].upper() == "EXPIRE" or words[2::2] == ("last_heartbeat",) for words in told)
