"""Numbers and jobs in words, as the judges' findings have them."""

from __future__ import annotations

from typing import Any

from workbook.check.evidence import JobEvidence


def plural(number: int, what: str) -> str:
    """ "1 attempt", "2 attempts"."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def waiting(number: int) -> str:
    """So many jobs wait."""
    return "1 job waits" if number == 1 else f"{number} jobs wait"


def ended(job: JobEvidence) -> str:
    """A job's end: its status, its failure and the answer's own lines; what it returned, where it finished."""
    if job.status == "finished":
        return f"finished, it returned {job.value!r}"
    return f"{job.status or 'gone'} {job.failure}\n{job.lines}".strip()


def said(one: dict[str, Any]) -> str:
    """What a function returned or raised, as `inside.calls.answer` tells it."""
    if one.get("raised"):
        return f"it raised {one['raised']}\n{one.get('lines', '')}".strip()
    return f"it returned {one.get('value')!r}"
