"""Where in Redis a text can be read: raw bytes of every key, and what is folded into them, but nothing is unpickled."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress

from redis import Redis

from workbook.raw import raw

MOST_BYTES = 1 << 20
DEPTH = 3


def places_of(redis: Redis, text: str) -> list[str]:
    """The places that hold a text, in words: a key's name, or a key and what in it; sorted."""
    wanted = text.encode()
    found = {where for where, data in pieces(redis) if any(wanted in each for each in unfolded(data))}
    return sorted(found)


def pieces(redis: Redis) -> Iterator[tuple[str, bytes]]:
    """Every piece of bytes in the database, with the place where it stands."""
    for key in redis.scan_iter("*", count=1000):
        name = key.decode(errors="replace")
        yield f"the name of the key {name}", key
        match redis.type(key):
            case b"string":
                yield name, raw(redis.get(key))
            case b"list":
                yield from ((name, raw(each)) for each in redis.lrange(key, 0, -1))
            case b"set":
                yield from ((name, raw(each)) for each in redis.smembers(key))
            case b"zset":
                yield from ((name, raw(member)) for member, _ in redis.zscan_iter(key, count=1000))
            case b"hash":
                yield from fields_of(name, redis.hgetall(key))
            case b"stream":
                for _, entry in redis.xrange(key) or []:
                    yield from fields_of(name, entry or {})


def fields_of(name: str, fields: Mapping[bytes | str, bytes | str]) -> Iterator[tuple[str, bytes]]:
    """The names and values of a hash, or of an entry of a stream."""
    for field, value in ((raw(field), raw(value)) for field, value in fields.items()):
        yield f"`{field.decode(errors='replace')}` of {name}", field + b"\0" + value
        yield f"`{field.decode(errors='replace')}` of {name}", value


def unfolded(data: bytes, depth: int = DEPTH) -> Iterator[bytes]:
    """The bytes as they are, and what they are when they are base64 or zlib, or one within the other."""
    yield data
    if depth == 0 or len(data) > MOST_BYTES:
        return
    with suppress(zlib.error):
        yield from unfolded(zlib.decompressobj().decompress(data, MOST_BYTES), depth - 1)
    with suppress(binascii.Error, ValueError):
        yield from unfolded(base64.b64decode(data, validate=True), depth - 1)
