"""What a judge sets up before an answer is judged must have come about; if it has not, nobody is judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbook.box.box import Child, IncidentError


def until_it_is_so(child: Child, condition: Callable[[], Any], what: str) -> None:
    """Wait until a process of the scene has brought about a condition, and leave it running.

    IncidentError when it ends before, or does not come that far: `what` did not come about.
    """
    child.wait(until=condition)
    if child.ended or not condition():
        raise IncidentError("the scene", f"did not come about: {what}")
