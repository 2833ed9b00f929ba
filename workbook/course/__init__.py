"""The learner's side of the course: guess and reveal, the pre-test, the working copy."""

from workbook.course.guess import guess, reveal
from workbook.course.pretest import score_pretest, show_pretest
from workbook.course.progress import closing

__all__ = ["closing", "guess", "reveal", "score_pretest", "show_pretest"]
