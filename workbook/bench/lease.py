"""Borrowing a database of somebody else's server (REDIS_URL) without ever touching what is not ours.

A database is taken only when it is empty or carries our mark, the hash `workbook:owner`:

    owner     random text, one per bench
    until     server time in seconds until which the owner's lease runs; a living owner renews it
    prefixes  the key prefixes, one a line, that the owner writes and that are unlinked at the end

The mark has no TTL: a database whose owner was killed stays recognisable, and the next owner tidies it up.

As a program, `python -m workbook.bench.lease` renews the lease (URL and owner in the environment) and on SIGTERM gives
the database back: unlinks the keys, the mark last.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import time
from collections.abc import Iterable

from redis import Redis
from redis.exceptions import RedisError

from workbook.bench.connect import connect, reason, without_password
from workbook.bench.rights import require_usable
from workbook.errors import BenchError, BenchTimeout
from workbook.keeper.reaping import child_pids
from workbook.raw import raw
from workbook.rq_keys import PREFIX
from workbook.wait import wait_until

MARK = "workbook:owner"
LEASE_SECONDS = 30
RENEW_SECONDS = 10
WAIT_FOR_OTHER_SECONDS = 3.0  # a notebook that was just closed gives its lease back within this
DEFAULT_PREFIXES = (f"{PREFIX}:", "bull:")
WORKERS_SECONDS = 2.0  # what the guard may take to end the workers of a killed keeper
UNLINK_AT_ONCE = 500

# KEYS[1] the mark, ARGV owner, lease seconds, prefixes. Returns {"taken" | "renewed" | "busy" | "foreign", detail}.
TAKE = """
local now = tonumber(redis.call('TIME')[1])
local holder = redis.call('HGET', KEYS[1], 'owner')
local foreign = not holder and redis.call('RANDOMKEY')
if foreign then return {'foreign', foreign} end
if holder and holder ~= ARGV[1] then
  local left = tonumber(redis.call('HGET', KEYS[1], 'until') or '0') - now
  if left > 0 then return {'busy', tostring(left)} end
end
local prefixes = ARGV[3]
if holder then prefixes = (redis.call('HGET', KEYS[1], 'prefixes') or '') .. '\\n' .. prefixes end
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'until', now + tonumber(ARGV[2]), 'prefixes', prefixes)
return {holder == ARGV[1] and 'renewed' or 'taken', prefixes}
"""
# Renew only what is still ours: after a long sleep of the machine the database may have a new owner.
RENEW = """
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'until', tonumber(redis.call('TIME')[1]) + tonumber(ARGV[2]))
return 1
"""


def take(client: Redis, owner: str, url: str) -> None:
    """Take the database for `owner` and unlink what a former owner left.

    BenchError when it is not ours to take, or cannot be used as the course does.
    """
    require_usable(client, url)
    try:
        unlink(client, _take(client, owner, url))
    except RedisError as error:
        raise BenchError(
            f"The database at {without_password(url)} (REDIS_URL) cannot be used: {reason(error)}; give the course a "
            "user with all rights on a database of its own, or unset REDIS_URL."
        ) from None


def _take(client: Redis, owner: str, url: str) -> list[str]:
    """Take the database and return all prefixes of its keys: ours, and a former owner's."""
    deadline = time.monotonic() + WAIT_FOR_OTHER_SECONDS
    while True:
        state, detail = client.eval(TAKE, 1, MARK, owner, LEASE_SECONDS, "\n".join(DEFAULT_PREFIXES))
        if state == b"foreign":
            raise BenchError(
                f"The database at {without_password(url)} (REDIS_URL) holds keys of another program, "
                f"{detail.decode(errors='replace')!r} among them; choose an empty database, or unset REDIS_URL."
            )
        if state != b"busy":
            return detail.decode().splitlines()
        if time.monotonic() > deadline:
            raise BenchError(
                f"Another notebook is using the database at {without_password(url)} (REDIS_URL); close that notebook, "
                f"or wait {detail.decode()} s if it was killed, or choose another database."
            )
        time.sleep(0.1)


def declare(client: Redis, owner: str, prefix: str) -> None:
    """Add a key prefix of ours to the mark, so that its keys are unlinked at the end, whoever does it."""
    if owner_of(client) == owner:
        client.hset(MARK, "prefixes", f"{raw(client.hget(MARK, 'prefixes')).decode()}\n{prefix}")


def give_back(client: Redis, owner: str) -> None:
    """Unlink the owner's keys and, last, the mark. Does nothing when the database has another owner by now."""
    if owner_of(client) == owner:
        unlink(client, raw(client.hget(MARK, "prefixes")).decode().splitlines())
        client.unlink(MARK)


def owner_of(client: Redis) -> str | None:
    """Who holds the mark, or None."""
    return raw(client.hget(MARK, "owner")).decode() or None


def unlink(client: Redis, prefixes: Iterable[str]) -> None:
    """Remove the keys that begin with one of the prefixes, and no others."""
    for prefix in {prefix for prefix in prefixes if prefix}:
        pattern = re.sub(r"([*?\[\]\\])", r"\\\1", prefix) + "*"
        batch: list[bytes] = []
        for key in client.scan_iter(match=pattern, count=UNLINK_AT_ONCE):
            batch.append(key)
            if len(batch) == UNLINK_AT_ONCE:
                client.unlink(*batch)
                batch.clear()
        if batch:
            client.unlink(*batch)


def keep_renewing(url: str, owner: str) -> None:
    """Renew until SIGTERM, then give the database back. A server that is away for a while is waited for."""
    told, tell = socket.socketpair()  # receives one byte a signal
    tell.setblocking(False)
    signal.set_wakeup_fd(tell.fileno())
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})  # blocked until now by the keeper, see `gentle`
    told.settimeout(RENEW_SECONDS)
    while renew(url, owner):
        with contextlib.suppress(TimeoutError):
            told.recv(1)
            break
    # A keeper tells us after the workers, which might still write, have ended; its own sudden death is told at once.
    with contextlib.suppress(BenchTimeout):
        wait_until(lambda: child_pids(os.getppid()) <= {os.getpid()}, WORKERS_SECONDS)
    with connect(url) as client:
        give_back(client, owner)


def renew(url: str, owner: str) -> bool:
    """Renew the lease; False when the database has another owner by now."""
    try:
        with connect(url) as client:
            return bool(client.eval(RENEW, 1, MARK, owner, LEASE_SECONDS))
    except (BenchError, RedisError, OSError) as error:
        print(f"could not renew: {error}", flush=True)
        return True


if __name__ == "__main__":
    keep_renewing(os.environ["RQ_REDIS_URL"], os.environ["WORKBOOK_LEASE_OWNER"])
