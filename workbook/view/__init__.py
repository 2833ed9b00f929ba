"""The views: SEE things. Figures in one look, drawn from what Redis holds or what was measured."""

from workbook.view.latency import latency
from workbook.view.timeline import timeline

__all__ = ["latency", "timeline"]
