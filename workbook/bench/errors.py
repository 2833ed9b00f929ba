"""What can go wrong on the bench."""

from __future__ import annotations

from workbook.errors import WorkbookError

CLOSED = "The bench is closed, and its server and workers have ended; run the chapter's first cell again."


class BenchError(WorkbookError):
    """A server, worker or database could not be used; the sentence says why and what to do."""


class BenchTimeout(BenchError):
    """A state that was waited for did not come before its deadline."""
