"""Connecting with errors that say what to do, within a second."""

from __future__ import annotations

from urllib.parse import urlsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError, ResponseError
from redis.retry import Retry

from workbook.errors import BenchError

ANSWER_SECONDS = 0.9


def connect(url: str) -> Redis:
    """A client for `url` whose server has answered a PING; BenchError within a second when it has not.

    Left to itself, redis-py may retry a refused connection or a wrong password for 3 to 5 s; this client never does.
    """
    where = without_password(url)
    try:
        client = Redis.from_url(
            url, retry=Retry(NoBackoff(), 0), socket_connect_timeout=ANSWER_SECONDS, socket_timeout=ANSWER_SECONDS
        )
        client.ping()
    except (ValueError, TypeError):  # their texts may quote the password
        raise BenchError("REDIS_URL is not a Redis address; one looks like redis://:password@host:6379/0.") from None
    except AuthenticationError:
        raise BenchError(
            f"The server at {where} refused the user or password in REDIS_URL; correct it or unset it."
        ) from None
    except ResponseError as error:
        raise BenchError(
            f"The server at {where} refused to serve us: {error}; the course needs Redis 6.2 or Valkey."
        ) from None
    except (RedisError, OSError) as error:
        raise BenchError(
            f"No server answers at {where} (REDIS_URL): {error}; start it or unset REDIS_URL to use a private one."
        ) from None
    return client


def without_password(url: str) -> str:
    """The address as host:port/db or as a socket's path: what may be printed.

    A `/` in a password, which should be written %2F, ends the host: what follows is shown only when it is a number.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme == "unix":
            return parts.path
        database = parts.path if parts.path[1:].isdecimal() else "/0"
        return f"{parts.hostname or 'localhost'}:{parts.port or 6379}{database}"
    except ValueError:
        return "REDIS_URL"
