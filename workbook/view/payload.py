"""What a job's payload says, read without running it.

RQ stores the call as zlib(pickle((function name, instance, args, kwargs))), or as JSON. Unpickling runs whatever the
pickle names, so a payload that somebody else may have written must never be unpickled. Here a pickle is only *read*: by
Python's own pure-Python unpickler in which every class and function is replaced by a name that does nothing, dicts and
sets by lists that are never hashed, and sizes are bounded.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import pickle
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

# Enough to see what a call is; a payload larger than this is a mistake that chapter 03 speaks of.
MAX_BYTES = 1 << 20
# A page shows a hundred jobs, and each may have been made to be slow: this many take about 20 ms.
MAX_OPCODES = 20_000
MAX_DEPTH, MAX_ITEMS, MAX_TEXT, MAX_DIGITS = 3, 8, 60, 40
UNREADABLE = "unreadable payload"


@dataclass(frozen=True)
class Call:
    """A call as its payload names it: "habits.welcome", and its arguments written as in code."""

    function: str
    arguments: str

    def __str__(self) -> str:
        return f"{self.function}({self.arguments})"


def read_call(data: bytes) -> Call | None:
    """The call in a job's `data` field, or None when it cannot be read. Never raises, never runs any of it."""
    try:
        function, _, args, kwargs = as_list(read_value(inflate(data)))
        positional = [write(value) for value in as_list(args)[:MAX_ITEMS]]
        if len(as_list(args)) > MAX_ITEMS:
            positional.append("…")
        named = [f"{clean(str(name))}={write(value)}" for name, value in as_pairs(kwargs)[:MAX_ITEMS]]
        return Call(
            clean(str(function)) if isinstance(function, str) else write(function), ", ".join(positional + named)
        )
    except Exception:  # a hostile payload can fail in any way, and each of them means the same
        return None


def describe(data: bytes) -> str:
    """A job's `data` in words: the call, or how many bytes could not be read."""
    call = read_call(data)
    return str(call) if call else f"{UNREADABLE}, {len(data)} bytes"


def describe_value(data: bytes) -> str:
    """A stored value in words: a return value (pickled or JSON, perhaps in base64), or `meta`."""
    for unwrap in (bytes, unbase64):
        try:
            return write(read_value(inflate(unwrap(data))))
        except Exception:  # as above
            continue
    return f"{UNREADABLE}, {len(data)} bytes"


def describe_text(data: bytes) -> str:
    """The last line of a traceback, stored as base64(zlib(text))."""
    try:
        lines = inflate(unbase64(data)).decode("utf-8", errors="replace").strip().splitlines()
    except (binascii.Error, ValueError, zlib.error):
        return f"{UNREADABLE}, {len(data)} bytes"
    return clean(lines[-1]) if lines else ""


def inflate(data: bytes) -> bytes:
    """Undo zlib, which RQ applies to most values, up to MAX_BYTES; bytes that are not compressed come back as they are.

    Raises ValueError for more than MAX_BYTES: a few bytes can inflate to gigabytes.
    """
    inflater = zlib.decompressobj()
    try:
        plain = inflater.decompress(data, MAX_BYTES + 1)
    except zlib.error:
        plain = data
    if len(plain) > MAX_BYTES:
        raise ValueError("too large")
    return plain


def unbase64(data: bytes) -> bytes:
    """Undo base64 strictly."""
    return base64.b64decode(data, validate=True)


def read_value(plain: bytes) -> Any:
    """Read a pickle or JSON into plain values, `Opaque`, `Items` and `Pairs`; a bad one may raise any exception."""
    if plain[:1] == b"\x80" or plain.lstrip()[:1] not in b'[{"-0123456789tfn':
        return Reader(plain).load()
    return json.loads(plain, object_pairs_hook=Pairs.of)


class Opaque:
    """Stands for a class or function that a pickle names; `name` is all that is known of it. A call does nothing."""

    name: ClassVar[str] = "?"

    def __new__(cls, *_args: object, **_kwargs: object) -> Opaque:
        """Whatever a pickle passes is dropped."""
        return super().__new__(cls)

    def __init__(self, *_args: object, **_kwargs: object) -> None: ...

    def ignore(self, *_args: object) -> None:
        """What a pickle would do to the object, undone."""

    __setstate__ = __setitem__ = append = extend = add = ignore


class Items(list[Any]):
    """Stands for a set, whose members are not hashed: hashing nested tuples can take for ever."""

    add = list.append


class Pairs:
    """Stands for a dict, as a list of pairs that are not hashed either."""

    __slots__ = ("pairs",)

    def __init__(self) -> None:
        self.pairs: list[tuple[Any, Any]] = []

    @classmethod
    def of(cls, pairs: list[tuple[Any, Any]]) -> Pairs:
        """The pairs of a JSON object."""
        made = cls()
        made.pairs = pairs
        return made

    def __setitem__(self, key: object, value: object) -> None:
        self.pairs.append((key, value))

    def __setstate__(self, state: object) -> None: ...

    def keys(self) -> list[str]:
        """Nothing, for `**kwargs` of an object that is not made anyway."""
        return []


class Opcodes(dict[int, Callable[[Any], None]]):
    """What to do for each opcode of a pickle; ValueError after MAX_OPCODES of them."""

    used = 0

    def __getitem__(self, opcode: int) -> Callable[[Any], None]:
        self.used += 1
        if self.used > MAX_OPCODES:
            raise ValueError("too long")
        return super().__getitem__(opcode)


class Reader(pickle._Unpickler):
    """Python's pure-Python unpickler, made harmless."""

    dispatch: ClassVar[dict[int, Callable[[Any], None]]] = dict(pickle._Unpickler.dispatch)

    # What the original has, or gets when it begins to load, and its published types leave out.
    append: Callable[[object], None]
    pop_mark: Callable[[], list[Any]]
    read: Callable[[int], bytes]

    def __init__(self, plain: bytes) -> None:
        super().__init__(io.BytesIO(plain))
        self.dispatch = Opcodes(Reader.dispatch)  # type: ignore[misc]

    def find_class(self, module: str, name: str) -> type[Opaque]:
        """A stand-in with the name; nothing is imported."""
        return type("Opaque", (Opaque,), {"name": f"{module}.{name}"})

    def persistent_load(self, pid: object) -> Opaque:
        """A stand-in for an object kept elsewhere."""
        return type("Opaque", (Opaque,), {"name": "persistent object"})()

    def get_extension(self, code: int) -> None:
        """The registry of extensions belongs to this process; a payload has no business there."""
        self.append(self.find_class("extension", str(code)))

    def _load_empty_dictionary(self) -> None:
        self.append(Pairs())

    def _load_dict(self) -> None:
        items = self.pop_mark()
        self.append(Pairs.of(list(zip(items[::2], items[1::2], strict=True))))

    def _load_empty_set(self) -> None:
        self.append(Items())

    def _load_frozenset(self) -> None:
        members = self.pop_mark()  # first, as it changes where `append` goes
        self.append(Items(members))

    def _load_bytearray8(self) -> None:
        # The original allocates what the payload asks for before it reads; this reads what there is.
        (length,) = struct.unpack("<Q", self.read(8))
        self.append(bytearray(self.read(length)))

    dispatch[pickle.EMPTY_DICT[0]] = _load_empty_dictionary
    dispatch[pickle.DICT[0]] = _load_dict
    dispatch[pickle.EMPTY_SET[0]] = _load_empty_set
    dispatch[pickle.FROZENSET[0]] = _load_frozenset
    dispatch[pickle.BYTEARRAY8[0]] = _load_bytearray8


def as_list(value: Any) -> list[Any]:
    """A tuple or list as list; ValueError for anything else."""
    if not isinstance(value, list | tuple):
        raise ValueError("not a sequence")
    return list(value)


def as_pairs(value: Any) -> list[tuple[Any, Any]]:
    """The pairs of a dict; ValueError for anything else."""
    if not isinstance(value, Pairs):
        raise ValueError("not a mapping")
    return value.pairs


def write(value: Any, depth: int = 0) -> str:
    """A value as in code, cut to a readable length; foreign objects by their names."""
    if depth > MAX_DEPTH:
        return "…"
    if isinstance(value, Pairs):
        pairs = [f"{write(key, depth + 1)}: {write(item, depth + 1)}" for key, item in value.pairs[:MAX_ITEMS]]
        return wrap("{", pairs, "}", len(value.pairs))
    if isinstance(value, list | tuple):
        opening, closing = "{}" if isinstance(value, Items) else "[]" if isinstance(value, list) else "()"
        items = [write(item, depth + 1) for item in value[:MAX_ITEMS]]
        return wrap(opening, items, ",)" if isinstance(value, tuple) and len(value) == 1 else closing, len(value))
    if isinstance(value, Opaque):
        return f"<{clean(value.name)} object>"
    if isinstance(value, type) and issubclass(value, Opaque):
        return f"<{clean(value.name)}>"
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > MAX_DIGITS * 3:
        return f"<an int of {value.bit_length()} bits>"
    if isinstance(value, str | bytes | bytearray) and len(value) > MAX_TEXT:
        return f"{value[:MAX_TEXT]!r}… ({len(value)})"
    return repr(value)


def wrap(opening: str, items: list[str], closing: str, length: int) -> str:
    """Items between brackets, with a mark where some were left out."""
    return opening + ", ".join(items + ["…"] * (length > len(items))) + closing


def clean(text: str) -> str:
    """Text without control characters (a terminal would obey them), cut to a line."""
    if len(text) <= 2 * MAX_TEXT and text.isprintable():
        return text
    shown = "".join(character if character.isprintable() else "�" for character in text[: 2 * MAX_TEXT])
    return shown + "…" * (len(text) > 2 * MAX_TEXT)
