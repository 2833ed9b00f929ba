"""What Redis holds, as bytes: redis-py's types allow for text, too, as a client may decode."""

from __future__ import annotations


def raw(value: bytes | str | None) -> bytes:
    """What a client has read that does not decode; empty where there was nothing. TypeError for text."""
    if isinstance(value, str):
        raise TypeError("This client decodes what it reads; bytes are needed here.")
    return value or b""
