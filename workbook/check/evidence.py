"""Evidence about jobs, read from raw bytes: nothing that an answer may have written is unpickled, imported or compared
as an object."""

from __future__ import annotations

import base64
import io
import pickle
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis import Redis

from workbook import rq_keys
from workbook.box.box import Box, Exit, Limits, Raised
from workbook.box.inside.calls import SCENE
from workbook.check.outcome import Finding, not_yet
from workbook.raw import raw

MOST_BYTES = 1 << 16
ALLOWED = Limits()
UNREADABLE = "<a value that the check does not read>"


@dataclass(frozen=True)
class JobEvidence:
    """What Redis holds of a job: its status ("" when its hash is gone), the value it returned (`UNREADABLE` when it is
    no plain data), and the text of its last failure with the answer's own lines of the traceback."""

    id: str
    status: str
    value: Any
    failure: str
    lines: str
    retries_left: int | None


def read_job(redis: Redis, id: str) -> JobEvidence:
    """Read one job in one transaction."""
    with redis.pipeline(transaction=True) as pipeline:
        pipeline.hmget(rq_keys.job(id), "status", "exc_info", "retries_left")
        pipeline.xrevrange(rq_keys.results(id), count=1)
        (status, _, left), results = pipeline.execute()
    fields = results[0][1] if results else {}
    text = read_text(fields.get(b"exc_string", b""))
    return JobEvidence(
        id,
        (status or b"").decode(errors="replace"),
        read_value(fields[b"return_value"]) if b"return_value" in fields else None,
        error_line(text)[:300],
        own_lines(text),
        int(left) if left and re.fullmatch(rb"-?\d{1,6}", left) else None,
    )


class _PlainUnpickler(pickle._Unpickler):
    """Reads plain data only: whatever names a class or a function is refused."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"{module}.{name} is refused")

    def persistent_load(self, pid: Any) -> Any:
        raise pickle.UnpicklingError("persistent ids are refused")


def read_value(data: bytes) -> Any:
    """A stored return value, where it is plain data; `UNREADABLE` otherwise."""
    try:
        plain = base64.b64decode(data[:MOST_BYTES], validate=True)
        return _PlainUnpickler(io.BytesIO(plain)).load()
    except Exception:  # a hostile value can fail in any way, and each of them means the same
        return UNREADABLE


def read_text(data: bytes) -> str:
    """A stored traceback: base64(zlib(text)); empty when it cannot be read."""
    try:
        inflater = zlib.decompressobj()
        return inflater.decompress(base64.b64decode(data), MOST_BYTES).decode(errors="replace")
    except (ValueError, zlib.error):
        return ""


def error_line(text: str) -> str:
    """The line of a traceback that names the exception: the first below the last frame (its message may have more)."""
    lines = text.strip().splitlines()
    below = max((number + 1 for number, line in enumerate(lines) if line.startswith(" ")), default=0)
    return (lines[below:] or lines[-1:] or [""])[0]


def own_lines(text: str) -> str:
    """The frames of a traceback that lie in the answer's own files, a line each."""
    frames = re.findall(r'File "[^"]*/files-[^"/]*/([^"/]+)", line (\d+), in \S+\n\s*(.*)', text)
    own = [f"{file}, line {number}: {line.strip()}" for file, number, line in frames if file != SCENE]
    return "\n".join(own[-6:])[:2000]


@dataclass(frozen=True)
class Places:
    """In which collections of a queue a job's id stands, and how many jobs there are."""

    queued: tuple[str, ...]
    intermediate: tuple[str, ...]
    started: tuple[str, ...]
    scheduled: dict[str, float]
    failed: tuple[str, ...]
    finished: tuple[str, ...]

    @property
    def settled(self) -> bool:
        """Nothing waits in the queue, nothing runs."""
        return not (self.queued or self.intermediate or self.started)


def places(redis: Redis, queue: str = "default") -> Places:
    """Read all collections of a queue in one transaction: separate reads would see a job twice, or nowhere."""
    with redis.pipeline(transaction=True) as pipeline:
        pipeline.lrange(rq_keys.queue(queue), 0, -1)
        pipeline.lrange(rq_keys.intermediate(queue), 0, -1)
        pipeline.zrange(rq_keys.wip(queue), 0, -1)
        pipeline.zrange(rq_keys.scheduled(queue), 0, -1, withscores=True)
        pipeline.zrange(rq_keys.failed(queue), 0, -1)
        pipeline.zrange(rq_keys.finished(queue), 0, -1)
        queued, intermediate, started, scheduled, failed, finished = pipeline.execute()
    return Places(
        texts(queued),
        texts(intermediate),
        tuple(member.partition(":")[0] for member in texts(started)),
        {id.decode(errors="replace"): score for id, score in scheduled},
        texts(failed),
        texts(finished),
    )


def texts(values: Sequence[bytes | str]) -> tuple[str, ...]:
    """Bytes from Redis as text."""
    return tuple(raw(value).decode(errors="replace") for value in values)


def server_time(redis: Redis) -> float:
    """The server's clock, in seconds since 1970."""
    seconds, microseconds = redis.time()
    return seconds + microseconds / 1e6


def ran(exit: Exit, what: str) -> Exit:
    """The exit of a call or worker that went well; ends the judgement, in a sentence, when it did not.

    `what` is what was run, in words: "`remind(17)`".
    """
    if exit.raised and (trouble := describe_missed_call(exit.raised)):
        not_yet(
            Finding(
                tried=what,
                got=str(exit.raised),
                expected=trouble[0],
                lesson=trouble[1],
            ),
        )
    if trouble := describe_trouble(exit):
        got, lesson = trouble
        not_yet(
            Finding(
                tried=what,
                got=got,
                expected="it ends, and returns or raises nothing unexpected",
                lesson=lesson,
            ),
        )
    return exit


def describe_missed_call(raised: Raised) -> tuple[str, str] | None:
    """What was expected, and what it means, when the function of the answer could not be called at all: it has another
    name, or takes other arguments. None when it was called."""
    if raised.lines:
        return None
    named = re.match(r"module '(\w+)' has no attribute '(\w+)'", raised.text)
    if raised.type == "AttributeError" and named:
        module, function = named.groups()
        return (
            f"a function {function} in `%%module {module}`",
            "Is its name spelled as in the question? And was the cell run since you wrote it?",
        )
    if raised.type == "TypeError" and re.match(r"[\w.]+\(\) (takes|missing|got) ", raised.text):
        return (
            "a function that takes the arguments named in the question, in that order",
            "Others call it with these. Compare the line with `def`.",
        )
    return None


def describe_trouble(exit: Exit) -> tuple[str, str] | None:
    """What went wrong with a process of the answer, and what that means; None when nothing did."""
    printed = f"; it printed: {exit.output.strip()[-300:]}" if exit.output.strip() else ""
    if exit.how == "timeout":
        return f"it did not end and was stopped{printed}", (
            "It was busy all the time. Is there a loop that never ends? A worker that hangs runs nothing else."
            if exit.busy
            else "It had nothing to do and waited: for a lock, for an answer, or in a sleep? A worker that hangs runs "
            "nothing else."
        )
    if exit.how == "memory":
        return (
            f"it took more than {ALLOWED.memory >> 30} GiB of memory",
            "At work its process would be killed, and RQ would see a crash.",
        )
    if exit.how == "processes":
        return (
            f"it started more than {ALLOWED.processes} processes",
            "A job that starts processes without end takes the machine along.",
        )
    if exit.how == "disk":
        return (
            f"it wrote more than {ALLOWED.disk >> 20} MB of files",
            "The disk of a worker's machine is shared: a full one stops all.",
        )
    if exit.how == "output":
        return (
            f"it printed more than {ALLOWED.output >> 20} MB and was stopped",
            "A log that grows like this fills the disk of its machine.",
        )
    if exit.how == "died":
        how = (
            f"it was killed by signal {-exit.code}" if exit.code < 0 else f"it ended its own process (exit {exit.code})"
        )
        return f"{how}{printed}", "`os._exit` and `kill` end the worker, and every job it would have run."
    if exit.too_long:
        return f"it returned a {exit.type} that is too long to be read", "What a job returns is stored: keep it small."
    if exit.raised and exit.raised.type == "SystemExit":
        return f"it called exit\n{exit.raised.lines}", "An exit call ends the worker, not only the job."
    if exit.raised and exit.raised.type == "EOFError" and "reading a line" in exit.raised.text:
        return (
            f"it asked for input\n{exit.raised.lines}",
            "Nobody sits at a worker: arguments bring what it needs.",
        )
    if exit.raised:
        lines = f"\n{exit.raised.lines}" if exit.raised.lines else ""
        where = "The last line of yours above is where it happened."
        nowhere = "No line of yours was reached: are its name and its arguments as asked?"
        return f"{exit.raised}{lines}", where if lines else nowhere
    return None


def first_failed(box: Box, ids: Sequence[str]) -> JobEvidence | None:
    """The first of some jobs that has not finished."""
    return next((job for id in ids if (job := read_job(box.redis, id)).status != "finished"), None)
