"""Every key of RQ in a Redis as a table, read without changing anything.

RQ's own `registry.count`, `get_job_ids()` and `rq info` run a cleanup first; this reads with plain commands and one
pipeline. Payloads are shown without being unpickled (see `payload.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from redis import Redis
from redis.exceptions import ResponseError

from workbook.view.client import reading_bytes
from workbook.view.keyspace import PATTERNS, Pattern, classify, places_of
from workbook.view.table import Table
from workbook.view.words import counted, field_in_words, line, score_in_words, shown, to_bytes, to_text, ttl_in_words

PAGE_ROWS = 100
MEMBERS_READ, MEMBERS_SHOWN, FIELDS_SHOWN = 100, 5, 16
SCAN_COUNT = 2000
FIRST_FIELDS = {b"status": 0, b"state": 1, b"data": 2}
STREAM_FIELDS = (b"type", b"return_value", b"exc_string", b"worker_name")


@dataclass(frozen=True)
class Key:
    """One key as it was when it was read.

    `ttl` is in seconds, None without one. `size` counts members, fields, entries or bytes. `content` maps the first 100
    fields, members or entries to what they say. A key that vanished, say, has a `remark` instead.
    """

    name: str
    pattern: Pattern | None
    type: str = ""
    size: int = 0
    ttl: float | None = None
    content: dict[str, str] = field(default_factory=dict)
    remark: str = ""

    @property
    def meaning(self) -> str:
        """What the key is, in a sentence."""
        return self.remark or (self.pattern.meaning if self.pattern else "not a key that RQ 3.0.0 writes")

    @property
    def size_in_words(self) -> str:
        """The size with its unit: "3 members"."""
        if self.type not in READERS:
            return ""
        one, many = READERS[self.type].unit
        return f"{self.size} {one if self.size == 1 else many}"

    @property
    def content_in_words(self) -> str:
        """What the key holds, a line each, with a mark where more is left out."""
        limit = FIELDS_SHOWN if self.type == "hash" else MEMBERS_SHOWN
        lines = [line(name, words) for name, words in list(self.content.items())[:limit]]
        left_out = len(self.content) > limit or (self.type in MANY and self.size > MEMBERS_READ)
        return "\n".join(lines + ["…"] * left_out)


@dataclass(frozen=True)
class KeyTable:
    """All `names` under the prefix, the `keys` of one page, the `unknown` names, and how many `others` there are."""

    prefix: str
    names: list[str]
    keys: list[Key]
    page: int
    unknown: list[str]
    others: int

    def __repr__(self) -> str:
        return repr(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()

    def __getitem__(self, name: str) -> Key:
        """A key of this page by its full name; KeyError when it is not on it."""
        return {key.name: key for key in self.keys}[name]

    def table(self) -> Table:
        """The page as a table."""
        rows = [
            (shown(key.name), key.type, key.meaning, key.size_in_words, ttl_in_words(key.ttl), key.content_in_words)
            for key in self.keys
        ]
        first = (self.page - 1) * PAGE_ROWS + 1
        part = f", {first} to {first + len(rows) - 1} shown" if 0 < len(rows) < len(self.names) else ""
        caption = f"{counted(len(self.names), 'key')} under {shown(self.prefix)}:{part}"
        return Table(caption, ("key", "type", "what it is", "size", "expires in", "content"), rows, self._notes())

    def _notes(self) -> list[str]:
        notes = []
        if self.page * PAGE_ROWS < len(self.names):
            notes.append(f"The next page: keys(redis, page={self.page + 1}).")
        if self.unknown:
            more = ", …" * (len(self.unknown) > MEMBERS_SHOWN)
            listed = ", ".join(map(shown, self.unknown[:MEMBERS_SHOWN]))
            notes.append(f"Not written by RQ 3.0.0, by its name: {listed}{more}.")
        if self.others:
            notes.append(f"Keys of other programs in this database, not shown: {self.others}.")
        return notes


def keys(redis: Redis, prefix: str = "rq", page: int = 1) -> KeyTable:
    """Read the keys under `prefix`: all names, and the details of the given page (100 keys, counted from 1).

    Reads by SCAN and one pipeline. A key that changes or goes meanwhile is shown with a remark.
    """
    page = max(page, 1)
    with reading_bytes(redis) as client:
        names, others = _all_names(client, prefix)
        places = places_of(names, prefix)
        names = sorted(sorted(names), key=places.__getitem__)
        unknown = [name for name in names if places[name] == len(PATTERNS)]
        chosen = [(name, classify(name, prefix)) for name in names[(page - 1) * PAGE_ROWS :][:PAGE_ROWS]]
        return KeyTable(prefix, names, _read(client, chosen), page, unknown, others)


def _all_names(redis: Redis, prefix: str) -> tuple[list[str], int]:
    """The names of all keys under the prefix, and the number of those beside them; SCAN may say a name twice."""
    start = to_bytes(f"{prefix}:")
    all_names = set(redis.scan_iter(count=SCAN_COUNT))
    # Written out, as it is done for every key: see `to_text`.
    ours = [name.decode("utf-8", "surrogateescape") for name in all_names if name.startswith(start)]
    return ours, len(all_names) - len(ours)


def _read(redis: Redis, chosen: Sequence[tuple[str, Pattern | None]]) -> list[Key]:
    """Read TTL, size and content of keys in one round trip; unknown keys need another before, for their types."""
    types = [pattern.type if pattern else "" for _, pattern in chosen]
    if "" in types:
        pipeline = redis.pipeline(transaction=False)
        for name, _ in chosen:
            pipeline.type(to_bytes(name))
        types = [kind or to_text(found) for kind, found in zip(types, pipeline.execute(), strict=True)]
    pipeline = redis.pipeline(transaction=False)
    pipeline.time()
    for (name, _), kind in zip(chosen, types, strict=True):
        reader, key = READERS.get(kind, NOTHING), to_bytes(name)
        pipeline.pttl(key)
        getattr(pipeline, reader.size)(key)
        reader.ask(pipeline, key)
    (seconds, microseconds), *answers = pipeline.execute(raise_on_error=False)
    clock = seconds + microseconds / 1e6
    triples = zip(answers[::3], answers[1::3], answers[2::3], strict=True)
    return [
        _key(name, pattern, kind, triple, clock)
        for (name, pattern), kind, triple in zip(chosen, types, triples, strict=True)
    ]


def _key(name: str, pattern: Pattern | None, kind: str, answers: tuple[Any, Any, Any], clock: float) -> Key:
    """One key from the answers to PTTL, size and content."""
    for answer in answers:
        if isinstance(answer, ResponseError):
            wrong = f"not a {kind}, which RQ writes here" if pattern else "made anew while it was read"
            return Key(name, pattern, remark=wrong if "WRONGTYPE" in str(answer) else shown(str(answer)))
    milliseconds, size, content = answers
    # It may also go between the first answer and the others; only strings and streams can be there and empty.
    if milliseconds == -2 or (not size and kind not in ("string", "stream")):
        return Key(name, pattern, remark="gone while it was read")
    ttl = None if milliseconds < 0 else milliseconds / 1000
    if kind not in READERS:
        return Key(name, pattern, shown(kind), ttl=ttl, remark="of a type that is not read")
    return Key(name, pattern, kind, size, ttl, READERS[kind].show(content, pattern.score if pattern else "", clock))


def _show_string(content: bytes, _score: str, _clock: float) -> dict[str, str]:
    return {"": shown(content)}


def _show_list(content: list[bytes], _score: str, _clock: float) -> dict[str, str]:
    return {member: f"{times} times" if times > 1 else "" for member, times in Counter(map(shown, content)).items()}


def _show_set(content: tuple[int, Sequence[bytes]], _score: str, _clock: float) -> dict[str, str]:
    return dict.fromkeys(sorted(map(shown, content[1]))[:MEMBERS_READ], "")


def _show_zset(content: list[tuple[bytes, float]], score: str, clock: float) -> dict[str, str]:
    return {shown(member): score_in_words(number, score, clock) for member, number in content}


def _show_hash(content: tuple[int, dict[bytes, bytes]], _score: str, _clock: float) -> dict[str, str]:
    # RQ writes many fields empty; they say nothing.
    told = [(name, value) for name, value in content[1].items() if value]
    told.sort(key=lambda item: (FIRST_FIELDS.get(item[0], len(FIRST_FIELDS)), item[0]))
    return {shown(name): field_in_words(to_text(name), value) for name, value in told[:MEMBERS_READ]}


def _show_stream(content: list[tuple[bytes, dict[bytes, bytes]]], _score: str, _clock: float) -> dict[str, str]:
    return {
        to_text(entry): "; ".join(
            f"{to_text(name)} {field_in_words(to_text(name), fields[name])}" for name in STREAM_FIELDS if name in fields
        )
        for entry, fields in content
    }


@dataclass(frozen=True)
class Reader:
    """A Redis type: the client's methods for size and content, what the content says, and what the size counts."""

    size: str
    ask: Callable[[Any, bytes], object]
    show: Callable[[Any, str, float], dict[str, str]]
    unit: tuple[str, str]


READERS = {
    "string": Reader("strlen", lambda pipe, key: pipe.getrange(key, 0, 200), _show_string, ("byte", "bytes")),
    "list": Reader("llen", lambda pipe, key: pipe.lrange(key, 0, MEMBERS_READ - 1), _show_list, ("id", "ids")),
    "set": Reader("scard", lambda pipe, key: pipe.sscan(key, count=MEMBERS_READ), _show_set, ("member", "members")),
    "zset": Reader(
        "zcard",
        lambda pipe, key: pipe.zrange(key, 0, MEMBERS_READ - 1, withscores=True),
        _show_zset,
        ("member", "members"),
    ),
    # HSCAN, as a hash that is no job's may have millions of fields; a job's is answered whole.
    "hash": Reader("hlen", lambda pipe, key: pipe.hscan(key, count=MEMBERS_READ), _show_hash, ("field", "fields")),
    "stream": Reader(
        "xlen", lambda pipe, key: pipe.xrevrange(key, count=MEMBERS_READ), _show_stream, ("entry", "entries")
    ),
}
MANY = READERS.keys() - {"string"}
NOTHING = Reader("exists", lambda pipe, key: pipe.exists(key), lambda *_: {}, ("", ""))
