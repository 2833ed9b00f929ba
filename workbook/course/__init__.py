"""The learner's side of the course: guess and reveal, the pre-test, the working copy."""

from workbook.course.chapter_end import closing
from workbook.course.guess import guess, reveal
from workbook.course.lab import check, hint, open_lab, progress
from workbook.course.pretest import score_pretest, show_pretest

__all__ = [
    "check",
    "closing",
    "guess",
    "hint",
    "open_lab",
    "progress",
    "reveal",
    "score_pretest",
    "show_pretest",
]
