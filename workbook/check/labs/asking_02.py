"""What the judges of lab 02 share: functions of an answer are asked about jobs that they hold as objects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbook.bench.box import Box, Given
from workbook.check.evidence import ran
from workbook.check.outcome import not_yet

SCENE = Path(__file__).with_name("scene_02.py")


def set_scene(box: Box) -> None:
    """Lay `scene.py` into the box."""
    box.put({"scene.py": SCENE.read_text(encoding="utf-8")})


def keep(box: Box, *ids: str) -> None:
    """Copy the hashes of jobs: the objects of whoever enqueued them look so, whatever happens later."""
    for id in ids:
        box.redis.copy(f"rq:job:{id}", f"before:{id}")


def said(
    box: Box, how: str, function: str, cases: list[list[Any]], tried: str, if_it_waits: str = ""
) -> list[dict[str, Any]]:
    """What a function of the answer says to each case: `value`, or `raised` with its `lines`.

    `if_it_waits` is the lesson for one that was stopped because it did not come to an end.
    """
    call = box.call(f"scene.{how}", Given("function", function), cases)
    if if_it_waits and call.how == "timeout":
        not_yet(tried, "it did not end and was stopped", "an answer at once", if_it_waits)
    values = ran(call, tried).value
    if not (isinstance(values, list) and len(values) == len(cases) and all(isinstance(one, dict) for one in values)):
        not_yet(tried, "no answer came back", "an answer to each", "The process of the answer must come to its end.")
    return values


def words(one: dict[str, Any]) -> str:
    """What a function said, in words."""
    if one.get("raised"):
        return f"it raised {one['raised']}\n{one.get('lines', '')}".strip()
    return f"it returned {one.get('value')!r}"


def plural(number: int) -> str:
    """So many jobs wait."""
    return "1 job waits" if number == 1 else f"{number} jobs wait"
