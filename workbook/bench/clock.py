"""Let time pass in a server at once: every deadline that RQ has written comes nearer, in one atomic script.

It is what Redis would look like had nobody worked for that long, the workers that live apart: they would have renewed
their leases, so theirs stay. Nothing is done that RQ does itself: what is due now is carried out by the next
scheduler or maintenance, as always. What RQ holds in the memory of a running process cannot be moved: a running
worker's own maintenance comes no sooner.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import psutil
from redis import Redis

from workbook import rq_keys

# A table for the scripts: what keys of a kind begin with; of `first_seen`, what stands between queue and job.
STARTS = {
    family: getattr(rq_keys, family).start()
    for family in (
        *("job", "queues", "queue", "wip", "execution", "executions", "worker", "scheduler", "scheduler_lock"),
        *("scheduled", "deferred", "ready", "finished", "failed"),
    )
} | {"first_seen": rq_keys.first_seen.texts[1]}
RQ_IN_LUA = f"local rq = {{{', '.join(f'{name} = {text!r}' for name, text in STARTS.items())}}}"

# KEYS: none, the script looks at all keys of its database (not for a cluster). ARGV: seconds, then the names of
# the workers and schedulers that live. A run's lease is spared when its worker lives.
SCRIPT = (
    f"{RQ_IN_LUA}"
    """
local seconds, living = tonumber(ARGV[1]), {}
for place = 2, #ARGV do living[ARGV[place]] = true end

local function starts(key, prefix) return string.sub(key, 1, #prefix) == prefix end
local function name_of(key, prefix) return string.match(string.sub(key, #prefix + 1), '^[^:]+') end

local function run_lives(job, run)
  return living[redis.call('HGET', rq.execution .. job .. ':' .. run, 'worker_name') or '']
end

local function member_lives(key, member)
  if starts(key, rq.wip) then return run_lives(string.match(member, '^([^:]*):(.*)$')) end
  if starts(key, rq.executions) then return run_lives(string.sub(key, #rq.executions + 1), member) end
  return false
end

local function key_lives(key)
  if starts(key, rq.worker) then return living[name_of(key, rq.worker)] end
  if starts(key, rq.scheduler) then return living[name_of(key, rq.scheduler)] end
  if starts(key, rq.scheduler_lock) then return living[redis.call('GET', key)] end
  if starts(key, rq.execution) then return living[redis.call('HGET', key, 'worker_name') or ''] end
  if starts(key, rq.executions) then
    for _, run in ipairs(redis.call('ZRANGE', key, 0, -1)) do if member_lives(key, run) then return true end end
  end
  return false
end

local timed = {rq.scheduled, rq.wip, rq.executions, rq.finished, rq.failed, rq.deferred, rq.ready}
for _, key in ipairs(redis.call('KEYS', '*')) do
  local spared, left = key_lives(key), redis.call('PTTL', key)
  for _, prefix in ipairs(timed) do
    if starts(key, prefix) then
      for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do
        if not member_lives(key, member) then redis.call('ZINCRBY', key, -seconds, member) end
      end
    end
  end
  if starts(key, rq.queue) and string.find(key, rq.first_seen, 1, true) then
    redis.call('SET', key, string.format('%.6f', tonumber(redis.call('GET', key)) - seconds), 'KEEPTTL')
  end
  if left > 0 and not spared then
    local kept = math.floor(left - seconds * 1000)
    if kept <= 0 then redis.call('DEL', key) else redis.call('PEXPIRE', key, kept) end
  end
end
"""
)

# Puts what is due into its queue, as RQ's scheduler does, but reads no job: a judge must not unpickle one.
PROMOTE = (
    f"{RQ_IN_LUA}"
    """
local now, stamp, moved = tonumber(ARGV[1]), ARGV[2], {}
for _, key in ipairs(redis.call('KEYS', rq.scheduled .. '*')) do
  local queue = rq.queue .. string.sub(key, #rq.scheduled + 1)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', key, '-inf', now)) do
    local job = rq.job .. id
    redis.call('ZREM', key, id)
    if redis.call('EXISTS', job) == 1 then
      redis.call('HSET', job, 'status', 'queued', 'enqueued_at', stamp)
      redis.call('SADD', rq.queues, queue)
      redis.call(redis.call('HGET', job, 'enqueue_at_front') == '1' and 'LPUSH' or 'RPUSH', queue, id)
      moved[#moved + 1] = id
    end
  end
end
return moved
"""
)


def promote(redis: Redis) -> list[str]:
    """Put every scheduled job that is due into its queue, by the server's clock; returns their ids."""
    seconds, microseconds = redis.time()
    now = datetime.fromtimestamp(seconds, UTC)
    stamp = f"{now:%Y-%m-%dT%H:%M:%S}.{microseconds:06}Z"
    return [id.decode() for id in redis.eval(PROMOTE, 0, seconds + microseconds / 1e6, stamp)]


def advance(redis: Redis, seconds: float, alive: Sequence[str]) -> None:
    """Move every deadline in the database `seconds` nearer, but for the leases of the workers and schedulers whose
    names are in `alive`."""
    redis.eval(SCRIPT, 0, f"{seconds:.6f}", *alive)


def living(redis: Redis) -> list[str]:
    """The names of the workers and schedulers in the database whose process runs on this machine."""
    names = []
    for family in (rq_keys.worker, rq_keys.scheduler):
        for key in redis.scan_iter(family("*")):
            name = key.decode(errors="replace").removeprefix(family.start())
            pid = b"0" if ":" in name else redis.hget(key, "pid") or b"0"
            if pid.isdigit() and _runs(int(pid)):
                names.append(name)
    return names


def _runs(pid: int) -> bool:
    """A process that was killed and is not reaped yet has a number, but does not run."""
    try:
        return pid > 0 and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
