"""Waiting for a state, with a deadline instead of a sleep."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from workbook.errors import BenchTimeout

Result = TypeVar("Result")


def wait_until(condition: Callable[[], Result], timeout: float = 30.0, what: str = "the expected state") -> Result:
    """Call `condition` until it returns something true, and return that.

    Pauses 1 ms at first, then ever longer up to 50 ms. `timeout` is in seconds; when it passes, BenchTimeout says
    that `what` did not come.
    """
    deadline = time.monotonic() + timeout
    pause = 0.001
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise BenchTimeout(f"Waited {timeout:g} s for {what}, and it did not come.")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)
    return result
