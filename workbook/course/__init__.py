"""The learner's side of the course: guess and reveal, warm-ups, labs, the test before and after, the copy `my/`."""

from workbook.course.chapter_end import closing
from workbook.course.guess import guess, reveal
from workbook.course.knowledge_test import score_posttest, score_pretest, show_posttest, show_pretest
from workbook.course.lab import check, hint, open_lab, progress
from workbook.course.warmups import warmup

__all__ = [
    "check",
    "closing",
    "guess",
    "hint",
    "open_lab",
    "progress",
    "reveal",
    "score_posttest",
    "score_pretest",
    "show_posttest",
    "show_pretest",
    "warmup",
]
