"""The learner's side of the course: guess and reveal, warm-ups, review, the test before and after, the copy `my/`."""

from workbook.course.guess import guess, reveal
from workbook.course.knowledge_test import score_posttest, score_pretest, show_posttest, show_pretest
from workbook.course.progress import closing
from workbook.course.warmups import warmup

__all__ = [
    "closing",
    "guess",
    "reveal",
    "score_posttest",
    "score_pretest",
    "show_posttest",
    "show_pretest",
    "warmup",
]
