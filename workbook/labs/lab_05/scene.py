"""Laid into the box beside an answer to lab 05 as it is: it runs there, never in the judge's process."""

from __future__ import annotations

import contextlib
import io
import random
import signal
from collections.abc import Callable
from typing import Any

import httpx
from inside.calls import find
from rq import get_current_job

SOON = 0.05


def watched(ring: bool, function: str, order: str, *args: Any) -> Any:
    """A job: call a function, and keep what it prints under `printed:ORDER`.

    `ring`: RQ's own alarm goes off as soon as the function talks to the provider.
    """
    called, text = find(function), io.StringIO()
    send = httpx.HTTPTransport.handle_request

    def send_and_ring(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        if ring:
            signal.setitimer(signal.ITIMER_REAL, SOON)  # RQ has set this timer to job_timeout, in whole seconds
        return send(self, request)

    httpx.HTTPTransport.handle_request = send_and_ring  # type: ignore[method-assign]
    try:
        with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
            return called(order, *args)
    finally:
        httpx.HTTPTransport.handle_request = send  # type: ignore[method-assign]
        if job := get_current_job():
            job.connection.set(f"printed:{order}", text.getvalue())


tries = 0


def fail_once(function: str, *args: Any) -> Any:
    """A job: the first attempt in this process fails before it has done anything, the others call a function."""
    global tries
    tries += 1
    if tries == 1:
        raise ConnectionError("the database did not answer, this once")
    return find(function)(*args)


def call_each(function: Callable[..., Any], queue: Any, rows: list[list[Any]]) -> list[Any]:
    """Call a function once a row, all in this process; returns what it returned."""
    return [function(queue, *row) for row in rows]


def draw(function: Callable[[], Any], times: int) -> list[Any]:
    """What a function returns when it is called so many times."""
    return [function() for _ in range(times)]


def failures(test: Callable[..., Any], subject: Callable[..., Any], times: int) -> dict[str, Any]:
    """How many of so many runs of a test fail, what the first one raised, and what the test returned."""
    failed, text, returned = 0, "", None
    for number in range(times):
        random.seed(number)  # the same answer gets the same verdict
        try:
            returned = test(subject)
        except BaseException as error:
            failed += 1
            text = text or f"{type(error).__name__}: {error}".removesuffix(": ")
    return {"failed": failed, "text": text[:300], "returned": repr(returned)[:60]}
