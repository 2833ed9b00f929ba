"""What the course needs of a database, asked of the server before it is taken: the right mode, and rights."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from redis import Redis
from redis.exceptions import NoPermissionError, RedisError, ResponseError

from workbook.bench.connect import reason, without_password
from workbook.errors import BenchError
from workbook.rq_keys import PREFIX

MANY_KEYS = 10_000  # a server with more of them is not made to look through them all
NOTHING = f"{PREFIX}:nothing-of-this-name"  # RQ's names: a user may be limited to other keys and channels


def monitor(client: Redis) -> None:
    """Begin to watch all commands, and stop."""
    with client.monitor():
        pass


def transaction(client: Redis) -> None:
    """Carry out a transaction."""
    with client.pipeline(transaction=True) as pipeline:
        pipeline.exists(NOTHING)
        pipeline.execute()


# Each right with a command that needs it and changes nothing.
NEEDED: dict[str, Callable[[Redis], object]] = {
    "INFO": lambda client: client.info("server"),
    "MONITOR": monitor,
    "CLIENT": lambda client: client.client_list(),
    "EVAL": lambda client: client.eval("return 1", 0),
    "SCRIPT": lambda client: client.script_exists("0" * 40),
    "KEYS": lambda client: client.dbsize() > MANY_KEYS or client.keys(NOTHING),
    "SCAN": lambda client: client.scan(match=NOTHING, count=1),
    "RANDOMKEY": lambda client: client.randomkey(),
    "TIME": lambda client: client.time(),
    "MULTI": transaction,
    "UNLINK": lambda client: client.unlink(NOTHING),
    "LMOVE": lambda client: client.lmove(NOTHING, NOTHING),
    "PUBLISH": lambda client: client.publish(NOTHING, ""),
}


def require_usable(client: Redis, url: str) -> None:
    """BenchError when the server is in cluster mode, or does not let its user do what the course does."""
    start = f"The database at {without_password(url)} (REDIS_URL) cannot be used: "
    try:
        if is_allowed(NEEDED["INFO"], client) and client.info("cluster").get("cluster_enabled"):
            raise BenchError(
                f"{start}the server is in cluster mode, which RQ cannot use; choose a server with `cluster-enabled "
                "no`, or unset REDIS_URL."
            )
        missing = [name for name, attempt in NEEDED.items() if not is_allowed(attempt, client)]
    except RedisError as error:
        raise BenchError(f"{start}{reason(error)}; choose another server, or unset REDIS_URL.") from None
    if missing:
        user = unquote(urlsplit(url).username or "default")
        raise BenchError(
            f"{start}its user {user!r} may not call {', '.join(missing)} on the keys and channels of RQ; give the "
            "course a user with all rights (`ACL SETUSER name ~* &* +@all`), or unset REDIS_URL."
        )


def is_allowed(attempt: Callable[[Redis], object], client: Redis) -> bool:
    """Whether the server has a command and lets this user call it."""
    try:
        attempt(client)
    except ResponseError as error:
        if isinstance(error, NoPermissionError) or "unknown command" in str(error):
            return False
        raise
    return True
