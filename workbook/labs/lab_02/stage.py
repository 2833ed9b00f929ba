"""What the judges of lab 02 share: functions of an answer are asked about jobs that they hold as objects."""

from __future__ import annotations

from typing import Any

from workbook import rq_keys
from workbook.box.box import Box, Given
from workbook.check.evidence import ran
from workbook.check.outcome import Finding, not_yet


def keep(box: Box, *ids: str) -> None:
    """Copy the hashes of jobs: the objects of whoever enqueued them look so, whatever happens later."""
    for id in ids:
        box.redis.copy(rq_keys.job(id), f"before:{id}")


def answers_to(
    box: Box, how: str, function: str, cases: list[list[Any]], tried: str, if_it_waits: str = ""
) -> list[dict[str, Any]]:
    """What a function of the answer says to each case: `value`, or `raised` with its `lines`.

    `if_it_waits` is the lesson for one that was stopped because it did not come to an end.
    """
    call = box.call(f"scene.{how}", Given("function", function), cases)
    if if_it_waits and call.how == "timeout":
        not_yet(
            Finding(
                tried=tried,
                got="it did not end and was stopped",
                expected="an answer at once",
                lesson=if_it_waits,
            ),
        )
    values = ran(call, tried).value
    if not (isinstance(values, list) and len(values) == len(cases) and all(isinstance(one, dict) for one in values)):
        not_yet(
            Finding(
                tried=tried,
                got="no answer came back",
                expected="an answer to each",
                lesson="The process of the answer must come to its end.",
            ),
        )
    return values
