"""What a payload says, read without running it: plain values as in code, and whatever else may come, harmless."""

from __future__ import annotations

import base64
import collections
import json
import pickle
import subprocess
import sys
import time
import tracemalloc
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rq.job import Job
from rq.serializers import JSONSerializer

from workbook.view import payload
from workbook.view.payload import MAX_BYTES, Call, describe, describe_text, describe_value, read_call

# A decoder that needs longer for any of these would make a page of a hundred jobs unreadable.
PROMPTLY = 1.0  # seconds of CPU time
READERS = (read_call, describe, describe_value, describe_text)

scalars = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=20)
scalars |= st.binary(max_size=20)


def sequences(inner):
    """Lists and tuples of at most three."""
    return st.lists(inner, max_size=3) | st.tuples() | st.tuples(inner) | st.tuples(inner, inner)


# Two levels, below the decoder's limits, so that nothing is left out.
plain = scalars | sequences(scalars | sequences(scalars))
names = st.from_regex(r"[a-z_]{1,10}", fullmatch=True)


class Poison:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, proof):
        self.proof = proof

    def __reduce__(self):
        return Path.touch, (self.proof,)


def packed(function="tasks.add", args=(), kwargs=None, protocol=pickle.HIGHEST_PROTOCOL):
    """A job's `data` as RQ writes it."""
    return zlib.compress(pickle.dumps((function, None, args, kwargs or {}), protocol))


def promptly(function, *args):
    """The function's answer, which must not take longer than PROMPTLY."""
    began = time.process_time()
    answer = function(*args)
    assert time.process_time() - began < PROMPTLY
    return answer


# ---- what is meant to be read


@given(args=st.lists(plain, max_size=4), kwargs=st.dictionaries(names, plain, max_size=4), protocol=st.integers(3, 5))
@settings(deadline=None)
def test_plain_arguments_are_shown_as_in_code(args, kwargs, protocol):
    written = [repr(value) for value in args] + [f"{name}={value!r}" for name, value in kwargs.items()]
    assert read_call(packed("a.b", tuple(args), kwargs, protocol)) == Call("a.b", ", ".join(written))


@given(plain)
@settings(deadline=None)
def test_plain_values_are_shown_as_in_code(value):
    stored = pickle.dumps(value)
    assert describe_value(stored) == describe_value(base64.b64encode(stored)) == repr(value)
    assert describe_value(zlib.compress(stored)) == repr(value)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"a": {1: (2,)}}, "{'a': {1: (2,)}}"),
        ({7}, "{7}"),
        (frozenset({7}), "{7}"),
        (collections.OrderedDict(a=1), "<collections.OrderedDict object>"),
        (Path, f"<{Path.__module__}.Path>"),
        (Path("x"), "<pathlib.PosixPath object>"),
        ([[[[[[1]]]]]], "[[[[…]]]]"),
        (list(range(9)), "[0, 1, 2, 3, 4, 5, 6, 7, …]"),
        ("x" * 100, f"'{'x' * 60}'… (100)"),
        (bytearray(b"x"), "<builtins.bytearray object>"),
        (1 << 5000, "<an int of 5001 bits>"),
    ],
)
def test_values_that_are_long_deep_or_foreign_are_shown_short(value, said):
    said_here = describe_value(pickle.dumps(value, 4))
    assert said_here.replace("pathlib._local", "pathlib") == said.replace("pathlib._local", "pathlib")


def test_a_job_of_rq_is_read_with_either_serializer():
    for serializer in (None, JSONSerializer):
        job = Job.create(
            "habits.welcome", args=("ada", 3), kwargs={"loud": True}, connection=object(), serializer=serializer
        )
        assert describe(job.to_dict()["data"]) == "habits.welcome('ada', 3, loud=True)"
    assert describe(zlib.compress(json.dumps(["f", None, [None, {"a": 1}], {}]).encode())) == "f(None, {'a': 1})"


def test_a_return_value_is_read_as_rq_stores_it():
    for serializer in (pickle, JSONSerializer):
        stored = base64.b64encode(serializer.dumps({"sent": 2}))
        assert describe_value(stored) == "{'sent': 2}"


def test_a_traceback_is_told_by_its_last_line():
    text = "Traceback (most recent call last):\n  File …\nValueError: \x1b[31mno such habit\n"
    assert describe_text(base64.b64encode(zlib.compress(text.encode()))) == "ValueError: �[31mno such habit"
    assert describe_text(base64.b64encode(zlib.compress(b""))) == ""


# ---- what is not


@given(st.binary(max_size=300))
@settings(deadline=None, max_examples=300)
def test_random_bytes_never_raise(data):
    for reader in READERS:
        for form in (data, zlib.compress(data), base64.b64encode(data), b"\x80\x05" + data):
            assert_printable(reader(form))


@given(data=st.data(), value=plain)
@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
def test_mutated_pickles_and_cut_streams_never_raise(data, value):
    stored = bytearray(pickle.dumps(("a.b", None, (value,), {"k": value}), data.draw(st.integers(0, 5))))
    for _ in range(data.draw(st.integers(1, 4))):
        stored[data.draw(st.integers(0, len(stored) - 1))] = data.draw(st.integers(0, 255))
    whole = zlib.compress(bytes(stored))
    for form in (bytes(stored), whole, whole[: data.draw(st.integers(0, len(whole)))]):
        for reader in READERS:
            assert_printable(promptly(reader, form))


def assert_printable(answer):
    """A readable answer, on one line and of bounded length."""
    if answer is not None:
        assert str(answer).isprintable()
        assert len(str(answer)) < 100_000


@given(data=st.data())
@settings(deadline=None, max_examples=150)
def test_a_poisoned_payload_is_named_and_not_run_however_it_is_mutated(data, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp()
    proof = folder / "proof"
    stored = bytearray(pickle.dumps(("a.b", Poison(proof), (Poison(proof),), {}), data.draw(st.integers(0, 5))))
    if data.draw(st.booleans()):
        stored[data.draw(st.integers(0, len(stored) - 1))] = data.draw(st.integers(0, 255))
    for reader in READERS:
        assert_printable(reader(zlib.compress(bytes(stored))))
        assert_printable(reader(base64.b64encode(bytes(stored))))
    assert not proof.exists()


def test_poison_works_where_it_is_unpickled_and_is_shown_by_its_name(tmp_path):
    stored = packed("a.b", (Poison(tmp_path / "proof"),))
    assert "Path.touch object>" in describe(stored)
    assert not (tmp_path / "proof").exists()
    pickle.loads(zlib.decompress(stored))
    assert (tmp_path / "proof").exists()


@pytest.mark.parametrize(
    "code",
    [
        b"cos\nsystem\n(S'touch {proof}'\ntR.",
        b"(S'touch {proof}'\nios\nsystem\n.",
        b"\x80\x02cos\nsystem\n(S'touch {proof}'\nt\x81.",
        b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x00\x85R.",
        b'cbuiltins\neval\n(S\'open("{proof}", "w")\'\ntR.',
        b"ccopyreg\n_reconstructor\n(cos\n_wrap_close\ncbuiltins\nobject\nNtR.",
        b"P{proof}\n.",
        b"\x80\x02\x82\x01.",
    ],
)
def test_each_way_to_call_something_does_nothing(code, tmp_path):
    proof = tmp_path / "proof"
    for reader in READERS:
        assert_printable(reader(code.replace(b"{proof}", str(proof).encode())))
    assert not proof.exists()


def test_nothing_that_a_payload_names_is_imported():
    script = (
        "import pickle, sys, zlib\n"
        "from workbook.view import payload\n"
        "before = set(sys.modules)\n"
        "for module in (b'antigravity', b'turtle', b'this', b'foreign'):\n"
        "    for code in (b'c' + module + b'\\nThing\\n)R.', b'\\x80\\x02c' + module + b'\\nThing\\n)\\x81}b.'):\n"
        "        print(payload.describe_value(code))\n"
        "assert set(sys.modules) == before, set(sys.modules) - before\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:2] == ["<antigravity.Thing object>"] * 2


def nested_tuples(levels):
    """A pickle of tuples, each of which holds the one before twice: its hash takes 2 ** levels steps."""
    return b"\x80\x02)" + b"2\x86" * levels


@pytest.mark.parametrize(
    "stored",
    [
        zlib.compress(bytes(100 << 20)),
        nested_tuples(200) + b"}" + b"q\x000" + b"h\x00.",
        b"\x80\x02}" + nested_tuples(200)[2:] + b"Ns.",
        b"\x80\x04\x8f(" + nested_tuples(200)[2:] + b"\x90.",
        b"\x80\x04(" + nested_tuples(200)[2:] + b"\x91.",
        b"\x80\x02(" + nested_tuples(200)[2:] + b"N" + pickle.DICT + b".",
        nested_tuples(200) + b".",
        b"\x80\x05\x96" + (1 << 31).to_bytes(8, "little") + b".",
        b"\x80\x04\x8e" + (1 << 40).to_bytes(8, "little") + b".",
        b"\x80\x04\x95" + (1 << 40).to_bytes(8, "little") + b".",
        b"\x80\x02\x8b" + (1 << 30).to_bytes(4, "little") + b".",
        b"\x80\x02r" + (1 << 30).to_bytes(4, "little") + b".",
        b"I" + b"9" * 900_000 + b"\n.",
        b"L" + b"9" * 900_000 + b"L\n.",
        b"\x80\x02\x8b" + (900_000).to_bytes(4, "little") + b"\x7f" * 900_000 + b".",
        b"9" * 900_000,
        b"[" * 900_000,
        b"(" * 900_000,
        b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b".",
        b"\x80\x02]q\x00h\x00a.",
    ],
    ids=lambda stored: f"{stored[:12]!r} {len(stored)}",
)
def test_a_bomb_is_defused_at_once(stored):
    encoded = base64.b64encode(stored)
    tracemalloc.start()
    try:
        for reader in READERS:
            assert_printable(promptly(reader, stored))
            assert_printable(promptly(reader, encoded))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 32 << 20


def test_a_payload_of_very_many_parts_is_not_read_to_its_end():
    assert describe(packed("a.b", (list(range(10_000)),))).startswith("a.b([0, 1, 2, ")
    assert describe(packed("a.b", (list(range(30_000)),))).startswith("unreadable payload, ")


def test_a_payload_larger_than_the_limit_is_said_to_be_unreadable():
    stored = packed("a.b", ("x" * MAX_BYTES,))
    assert describe(stored) == f"unreadable payload, {len(stored)} bytes"


@pytest.mark.parametrize("sign", ["\x1b[31m", "\x07", "\n", "\r", "\x00", "\u202e", "\x9b", "\ud800"])
def test_signs_that_a_terminal_would_obey_are_not_passed_on(sign):
    for protocol in (0, 5):
        call = describe(packed(f"a{sign}b", (sign, sign.encode("utf-8", "surrogatepass")), {f"k{sign}": 1}, protocol))
        assert call.isprintable(), call
        assert "a" in call
    assert describe_value(b"c" + b"os\nx\x1b[31m\n.").isprintable()
    assert payload.clean(f"a{sign}b") == "a" + "".join("�" if not c.isprintable() else c for c in sign) + "b"
