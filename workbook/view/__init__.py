"""The views: SEE things. Keys, commands, and figures in one look, drawn from what Redis holds or what was measured."""

from workbook.view.board import board
from workbook.view.changes import changes
from workbook.view.keys import keys
from workbook.view.latency import latency
from workbook.view.matrix import crash_matrix
from workbook.view.queue_depth import queue_depth
from workbook.view.timeline import timeline
from workbook.view.trace import trace

__all__ = ["board", "changes", "crash_matrix", "keys", "latency", "queue_depth", "timeline", "trace"]
