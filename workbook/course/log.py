"""The learner's log: one JSON object a line in `guesses.jsonl`, in the working copy.

Every entry has `schema` (1), `at` (UTC, ISO 8601), `kind` ("guess", "reveal", "pretest", "posttest", "warmup" for
questions shown, "item" for each answered), and what that kind needs.
Outside a working copy (in CI, say) entries live in memory only.
"""

from __future__ import annotations

import fcntl
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbook.course.working_copy import find_working_copy

LOG_NAME = "guesses.jsonl"
_in_memory: list[dict[str, Any]] = []


def log_path() -> Path | None:
    """Where this notebook's log is kept, or None outside a working copy."""
    working_copy = find_working_copy(Path.cwd())
    return working_copy / LOG_NAME if working_copy else None


def write(kind: str, **entry: Any) -> None:
    """Append one entry, in one write under a lock, so that two notebooks never mix their lines.

    A log that cannot be written (a full disk, a read-only folder) is said, and does not stop the notebook.
    """
    entry = {"schema": 1, "at": now(), "kind": kind, **entry}
    _in_memory.append(entry)
    if not (path := log_path()):
        return
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            os.write(file, _line_start(file) + json.dumps(entry, ensure_ascii=False).encode() + b"\n")
        finally:
            os.close(file)
    except OSError as error:
        print(f"(not recorded: {path} cannot be written, {error.strerror})")


def now() -> str:
    """The present time, as entries have it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def where_kept() -> list[str]:
    """What to say of the place where entries are kept: nothing in a working copy, where they are kept for good."""
    return [] if log_path() else ["(Kept until this kernel ends: this notebook is not in a working copy.)"]


def read(kind: str) -> list[dict[str, Any]]:
    """All entries of one kind, oldest first; lines that are no entries are passed over.

    Where there is no log that can be read, those of this process.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace") if (path := log_path()) else None
    except OSError:
        text = None
    if text is None:
        return [entry for entry in _in_memory if entry["kind"] == kind]
    entries = []
    for line in text.split("\n"):
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and entry.get("kind") == kind:
            entries.append(entry)
    return entries


def _line_start(file: int) -> bytes:
    """A line break when a killed writer has left half a line, so that only that one is lost."""
    size = os.fstat(file).st_size
    return b"\n" if size and os.pread(file, 1, size - 1) != b"\n" else b""
