"""Errors that a user can cause: one sentence that says what is wrong and what to do."""

from __future__ import annotations

import traceback
from collections.abc import Iterable


class WorkbookError(Exception):
    """Base of our errors. Shown as one sentence, in a notebook as on the command line, never as a traceback of ours."""

    def _render_traceback_(self) -> list[str]:
        """Called by IPython instead of rendering a traceback."""
        return [f"{type(self).__name__}: {self}"]


class BenchError(WorkbookError):
    """A server, worker or database could not be used; the sentence says why and what to do."""


class BenchTimeout(BenchError):
    """A state that was waited for did not come before its deadline."""


CLOSED = "The bench is closed, and its server and workers have ended; run the chapter's first cell again."


def show_only_frames_of(error: BaseException, files: Iterable[str]) -> None:
    """Make IPython show `error` with the frames of the given source files only, so that readers see their own lines."""
    wanted = set(files)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in wanted]
    lines = ["Traceback (most recent call last):\n", *traceback.format_list(frames)] if frames else []
    lines += traceback.format_exception_only(type(error), error)
    error._render_traceback_ = lambda: "".join(lines).splitlines()  # type: ignore[attr-defined]


__all__ = ["CLOSED", "BenchError", "BenchTimeout", "WorkbookError", "show_only_frames_of"]
