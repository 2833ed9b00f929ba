"""What each mutant is told, kept as text: a change of a judge shows in `git diff` as the change of a message.

`tests/golden/NN/qK.txt` holds a section for each wrong answer in `solutions/answers/NN/qK`, as judged with seed 0.
What no seed fixes (ids that RQ makes, folders, addresses in memory, parts of a second) is masked.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path

GOLDEN_SEED = 0
MASKS = (
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "HEX"),
    (re.compile(r"\b0x[0-9a-f]+\b"), "ADDRESS"),
    (re.compile(r"(/[\w.-]+)*/rq-workbook-[0-9a-f]+/[\w.-]+"), "FOLDER"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?"), "TIME"),
    (re.compile(r"\b\d+\.\d{4,}\b"), "FRACTION"),
    (re.compile(r"\b\d+ s\b"), "SECONDS"),  # a wait read off Redis is a second more or less
)


def masked(text: str) -> str:
    """The text without what differs from run to run."""
    for pattern, word in MASKS:
        text = pattern.sub(word, text)
    return text


def page(said: Mapping[str, str]) -> str:
    """A golden file: the text for each answer, by the answer's name."""
    return "\n".join(f"== {name}\n{masked(text)}\n" for name, text in sorted(said.items()))


def golden_path(root: Path, lab: str, question: str) -> Path:
    """Where the texts of a question are kept."""
    return root / "tests" / "golden" / lab / f"{question}.txt"


def difference(path: Path, said: Mapping[str, str]) -> str:
    """What is said now and was not before, as a diff; "" when nothing differs."""
    kept = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = difflib.unified_diff(kept.splitlines(), page(said).splitlines(), "kept", "said now", lineterm="", n=1)
    return "\n".join(lines)


def keep(path: Path, said: Mapping[str, str]) -> None:
    """Keep what is said now."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(said), encoding="utf-8")
