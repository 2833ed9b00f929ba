"""A paced load: requests leave on the clock, however long the answers take.

Users do not wait for each other's answers, so this is what a web server meets. (Twenty clients that each wait for their
answer before they ask again would slow down with the server, and hide the jam.)
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import Counter
from dataclasses import dataclass

import httpx


@dataclass(frozen=True)
class Load:
    """One answer a request: `seconds` from sending to answer, and HTTP `statuses` (0: no answer)."""

    seconds: list[float]
    statuses: list[int]

    @property
    def p95(self) -> float:
        """The time in seconds within which 95 % of the requests were answered."""
        return sorted(self.seconds)[math.ceil(0.95 * len(self.seconds)) - 1]

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} x HTTP {status}" for status, count in sorted(Counter(self.statuses).items()))
        return f"{len(self.statuses)} requests: {counts}"


def send_paced(url: str, requests: int = 60, per_second: float = 20.0) -> Load:
    """POST to `url`/0, `url`/1, … at a steady pace and return when all are answered."""
    result: list[Load] = []
    # A notebook's kernel has a running event loop already, so the load gets a thread and a loop of its own.
    thread = threading.Thread(target=lambda: result.append(asyncio.run(_send(url, requests, per_second))))
    thread.start()
    thread.join()
    return result[0]


async def _send(url: str, requests: int, per_second: float) -> Load:
    # A connection each: one that is kept may be closed by the server (after a 500, say) just as it is used again.
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx.AsyncClient(trust_env=False, timeout=60, limits=limits) as client:
        began = time.monotonic()

        async def one(number: int) -> tuple[float, int]:
            await asyncio.sleep(max(0.0, began + number / per_second - time.monotonic()))
            sent = time.monotonic()
            try:
                status = (await client.post(f"{url}/{number}")).status_code
            except httpx.TransportError:
                status = 0
            return time.monotonic() - sent, status

        answers = await asyncio.gather(*(one(number) for number in range(requests)))
    return Load([seconds for seconds, _ in answers], [status for _, status in answers])
