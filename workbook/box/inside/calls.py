"""What runs in a box: functions of an answer, and what they gave as plain data."""

from __future__ import annotations

import importlib
import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from redis import Redis
from rq import Queue
from rq.job import Job

MOST_DEPTH = 12


def connect() -> Redis:
    """A client of the box's server."""
    return Redis.from_url(os.environ["RQ_REDIS_URL"])


def call(order: dict[str, Any]) -> dict[str, Any]:
    """Call a function of the answer; returns what it returned, as far as that is plain data."""
    function = find(order["function"])
    args = [make(value) for value in order["args"]]
    kwargs = {name: make(value) for name, value in order["kwargs"].items()}
    value = function(*args, **kwargs)
    return {"type": type(value).__name__, "value": plain(value)}


def find(name: str) -> Callable[..., Any]:
    """The function "module.function"."""
    module, _, function = name.rpartition(".")
    return getattr(importlib.import_module(module), function)


def make(value: Any) -> Any:
    """An argument: plain data as it is, what is given by kind made here."""
    if not (isinstance(value, dict) and "$given" in value):
        return value
    kind, name = value["$given"]
    if kind == "queue":
        return Queue(name, connection=connect())
    if kind == "job":
        return Job.fetch(name, connection=connect())
    return find(name) if kind == "function" else connect()


def plain(value: Any, depth: int = 0) -> Any:
    """A value as JSON has it: tuples as lists, sets sorted, bytes as text; anything else as None."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if depth > MOST_DEPTH:
        return None
    if type(value) in (list, tuple):
        return [plain(item, depth + 1) for item in value]
    if type(value) in (set, frozenset):
        return sorted((plain(item, depth + 1) for item in value), key=repr)
    if type(value) is bytes:
        return value.decode(errors="replace")
    if type(value) is dict:
        return {str(plain(key, depth + 1)): plain(item, depth + 1) for key, item in value.items()}
    # An enum that is a text, as RQ's JobStatus is; of its class nothing is asked.
    return str.__str__(value.value) if isinstance(value, str) and hasattr(value, "value") else None


def answer(function: Callable[..., Any], *args: Any) -> dict[str, Any]:
    """What a call returned, or what it raised and where in the answer's own files."""
    try:
        return {"value": function(*args), "raised": "", "lines": ""}
    except Exception as error:
        told = describe(error, str(Path.cwd()))
        return {"value": None, "raised": f"{told['type']}: {told['text']}"[:300], "lines": told["lines"]}


def describe(error: BaseException, files: str) -> dict[str, str]:
    """An exception in words, with the lines of the answer's own files that it passed."""
    lines = []
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if frame.filename.startswith(files) and path.name != SCENE:
            lines.append(f"{path.name}, line {frame.lineno}: {frame.line}")
    if isinstance(error, SyntaxError) and error.filename:
        lines.append(f"{Path(error.filename).name}, line {error.lineno}: {(error.text or '').strip()}")
    return {"type": type(error).__name__, "text": str(error)[:500], "lines": "\n".join(lines[-6:])[:2000]}


SCENE = "scene.py"
"""Where a question's own helpers lie, beside the answer: lines of it are of no use to a learner."""
