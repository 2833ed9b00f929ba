"""Whether an answer of the reflection is there: written, measured, bounded. What it is worth, only a person can say.

The cells are found by nbgrader's `grade_id`: "q1_answer", "q1_evidence" and "q1_boundary" for question "q1". A pure
function of two notebooks as JSON holds them: it executes nothing, and trusts no field to be there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FEWEST_WORDS = 15
FEWEST_BOUNDARY_WORDS = 5

Notebook = Mapping[str, Any]


@dataclass(frozen=True)
class Presence:
    """What of an answer is there, and a sentence for each of the three; JSON-ready by `dataclasses.asdict`."""

    question: str
    answer_written: bool
    evidence_executed: bool
    boundary_written: bool
    sentences: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether all three are there."""
        return self.answer_written and self.evidence_executed and self.boundary_written


def presence(notebook: Notebook, blank: Notebook, question: str) -> Presence:
    """Look for the answer to a question in a learner's notebook; `blank` is the notebook as it was handed out."""
    answer = text_told(notebook, blank, f"{question}_answer", FEWEST_WORDS, "The answer")
    evidence = evidence_told(notebook, blank, f"{question}_evidence")
    boundary = text_told(notebook, blank, f"{question}_boundary", FEWEST_BOUNDARY_WORDS, "The boundary")
    return Presence(question, answer[0], evidence[0], boundary[0], (answer[1], evidence[1], boundary[1]))


def text_told(notebook: Notebook, blank: Notebook, grade_id: str, fewest: int, what: str) -> tuple[bool, str]:
    """Whether a text cell was written, and a sentence that says so."""
    cell = cell_of(notebook, grade_id)
    if cell is None:
        return False, f"{what} is missing: there is no cell {grade_id}."
    words = sum((words_of(cell) - words_of(cell_of(blank, grade_id) or {})).values())
    if words == 0:
        return False, f"{what} was not written."
    if words < fewest:
        return False, f"{what} has {words} words beside what was handed out; it needs {fewest} at least."
    return True, f"{what} was written ({words} words)."


def evidence_told(notebook: Notebook, blank: Notebook, grade_id: str) -> tuple[bool, str]:
    """Whether an evidence cell was written and executed with an output, and a sentence that says so."""
    cell = cell_of(notebook, grade_id)
    if cell is None:
        return False, f"The evidence is missing: there is no cell {grade_id}."
    if cell.get("cell_type") != "code":
        return False, "The evidence is not a code cell."
    if is_unchanged(cell, blank, grade_id) or not source_of(cell).strip():
        return False, "The evidence was not written."
    if not isinstance(cell.get("execution_count"), int):
        return False, "The evidence was written and not executed."
    outputs = [output for output in as_list(cell.get("outputs")) if isinstance(output, Mapping)]
    if any(output.get("output_type") == "error" for output in outputs):
        return False, "The evidence was executed and ended with an error."
    if not outputs:
        return False, "The evidence was executed and shows nothing."
    return True, "The evidence was executed and shows something."


def cell_of(notebook: Notebook, grade_id: str) -> Mapping[str, Any] | None:
    """The first cell with this grade_id, or None."""
    for cell in as_list(notebook.get("cells")):
        metadata = cell.get("metadata") if isinstance(cell, Mapping) else None
        nbgrader = metadata.get("nbgrader") if isinstance(metadata, Mapping) else None
        if isinstance(nbgrader, Mapping) and nbgrader.get("grade_id") == grade_id:
            return cell
    return None


def is_unchanged(cell: Mapping[str, Any], blank: Notebook, grade_id: str) -> bool:
    """Whether a cell says what it said when it was handed out; white space does not count."""
    original = cell_of(blank, grade_id)
    return original is not None and source_of(cell).split() == source_of(original).split()


def words_of(cell: Mapping[str, Any]) -> Counter[str]:
    """How often each word stands in a cell."""
    return Counter(re.findall(r"\w+", source_of(cell).casefold()))


def source_of(cell: Mapping[str, Any]) -> str:
    """A cell's source, which may be one text or a list of lines."""
    source = cell.get("source", "")
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def as_list(value: Any) -> list[Any]:
    """The value when it is a list, else an empty one."""
    return value if isinstance(value, list) else []
