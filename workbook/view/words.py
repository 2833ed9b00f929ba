"""How the views say what Redis holds: names, fields, times and scores as a person would read them."""

from __future__ import annotations

import math

from workbook.view import payload

FIELD_CHARACTERS = 160
RESULT_TYPES = {"1": "successful", "2": "failed", "3": "stopped", "4": "retried", "5": "retries exhausted"}


def to_text(raw: bytes | str) -> str:
    """Bytes as text; those that are not UTF-8 are kept as lone surrogates, for `to_bytes`; not to be printed."""
    return raw.decode("utf-8", errors="surrogateescape") if isinstance(raw, bytes) else str(raw)


def to_bytes(name: str) -> bytes:
    """The inverse of `to_text`, to ask for a key again by its exact name."""
    return name.encode("utf-8", errors="surrogateescape")


def shown(raw: bytes | str) -> str:
    """Anything as one printable line of readable length."""
    return payload.clean(to_text(raw))


def line(name: str, words: str) -> str:
    """A field or member and what it says, either of which may be empty."""
    return f"{name}: {words}" if name and words else name or words


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 key", "2 keys"."""
    return f"{number} {noun}{'s' * (number != 1)}"


def field_in_words(name: str, value: bytes) -> str:
    """A field of a hash or stream; what RQ pickled or compressed is decoded safely."""
    match name:
        case "data":
            words = payload.describe(value)
        case "meta" | "return_value":
            words = payload.describe_value(value)
        case "exc_string" | "exc_info":
            words = payload.describe_text(value)
        case "type":
            words = RESULT_TYPES.get(to_text(value), shown(value))
        case _:
            words = shown(value)
    return words if len(words) <= FIELD_CHARACTERS else words[:FIELD_CHARACTERS] + "…"


def ttl_in_words(ttl: float | None) -> str:
    """A time to live in seconds, or None for a key that has none."""
    return "never" if ttl is None else duration(ttl)


def duration(seconds: float) -> str:
    """Seconds in whole units, rounded up: a time set a moment ago reads as it was set."""
    for unit, length in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds > 2 * length:
            return f"{math.ceil(seconds / length)} {unit}"
    return f"{math.ceil(seconds)} s"


def score_in_words(score: float, kind: str, clock: float) -> str:
    """A sorted set's score: a moment relative to the server's `clock` when `kind` (until, due, since) says so."""
    if not kind:
        return f"{score:g}"
    if math.isinf(score):
        return "for ever"
    ahead = score - clock
    if kind == "since":
        return f"{duration(max(-ahead, 0))} ago"
    return f"{kind} in {duration(ahead)}" if ahead >= 0 else f"{kind} {duration(-ahead)} ago"
