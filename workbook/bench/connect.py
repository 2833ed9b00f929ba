"""Connecting with errors that say what to do, within a second or two."""

from __future__ import annotations

import socket
import ssl
import threading
from urllib.parse import urlsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError, ResponseError
from redis.retry import Retry

from workbook.errors import BenchError

ANSWER_SECONDS = 0.9
# OpenSSL's numbers for a certificate that is made out for another host or address.
OTHER_HOST = (62, 64)


def connect(url: str) -> Redis:
    """A client for `url` whose server has answered a PING; BenchError within a second or two when it has not.

    Left to itself, redis-py may retry a refused connection or a wrong password for 3 to 5 s; this client never does.
    """
    refuse_unquoted(url)
    where = without_password(url)
    try:
        resolve(url)
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
            f"The server at {where} refused to serve us: {reason(error)}; the course needs Redis 6.2 or Valkey."
        ) from None
    except (RedisError, OSError) as error:
        raise BenchError(unreachable(url, error)) from None
    return client


def refuse_unquoted(url: str) -> None:
    """Refuse an address whose password runs into the host or the path, before a part of it is looked up or shown."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return  # redis-py will not take it either
    if parts.scheme != "unix" and "@" in f"{parts.path}{parts.query}{parts.fragment}":
        raise BenchError(
            "The password in REDIS_URL holds a character that ends it; write @ as %40, / as %2F, ? as %3F and # as %23."
        )


def resolve(url: str) -> None:
    """Look the host's name up, with a deadline: without one the system takes 10 s and more for a name that is gone."""
    parts = urlsplit(url)
    if parts.scheme == "unix" or not parts.hostname:
        return
    host, failures = parts.hostname, []

    def look_up() -> None:
        try:
            socket.getaddrinfo(host, None)
        except OSError as error:
            failures.append(error)

    looking = threading.Thread(target=look_up, daemon=True)
    looking.start()
    looking.join(ANSWER_SECONDS)
    if looking.is_alive():
        raise TimeoutError(f"the name {host} was not found within {ANSWER_SECONDS:g} s")
    if failures:
        raise OSError(f"the name {host} is not known ({failures[0].strerror})")


def unreachable(url: str, error: Exception) -> str:
    """Why no server answers, and what to do."""
    where = without_password(url)
    refused = tls_error(error)
    if isinstance(refused, ssl.SSLCertVerificationError):
        to_do = (
            "write the host in REDIS_URL as the certificate has it"
            if refused.verify_code in OTHER_HOST
            else "add ?ssl_ca_certs=/path/to/ca.crt to REDIS_URL, with the certificate that signed it"
        )
        return f"The certificate of the server at {where} is not trusted ({reason(refused.verify_message)}); {to_do}."
    by_tls = urlsplit(url).scheme == "rediss"
    how = " by TLS" if by_tls else ""
    to_do = "start it with TLS, or write redis:// for one without," if by_tls else "start it"
    to_do += " or unset REDIS_URL to use a private one"
    return f"No server answers{how} at {where} (REDIS_URL): {reason(error)}; {to_do}."


def tls_error(error: BaseException | None) -> ssl.SSLError | None:
    """The failure of TLS behind an error, if that is what it was."""
    while error and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error if isinstance(error, ssl.SSLError) else None


def reason(error: object) -> str:
    """The text of an error, to go on after: without the full stop at its end."""
    return str(error).rstrip(" .")


def without_password(url: str) -> str:
    """The address as host:port/db or as a socket's path: what may be printed.

    What stands in the place of the database is shown only when it is a number.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme == "unix":
            return parts.path
        database = parts.path if parts.path[1:].isdecimal() else "/0"
        return f"{parts.hostname or 'localhost'}:{parts.port or 6379}{database}"
    except ValueError:
        return "REDIS_URL"
