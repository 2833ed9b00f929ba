"""The outside world of the course: a mail provider as an ASGI app, with a knob for its manners.

POST /send?to=ada        waits `delay` seconds, then books the delivery (503 when the provider is down)
PUT  /knob               {"delay": seconds, "down": bool}; also applies to requests that are waiting already
GET  /deliveries         the booked recipients, in order
GET  /waiting            how many requests wait for their answer
"""

from __future__ import annotations

import asyncio
import time

from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel

PAUSE_SECONDS = 0.01


class Knob(BaseModel):
    """How the provider behaves: seconds it takes to answer, and whether it is down."""

    delay: float = 0.0
    down: bool = False


class Provider:
    """The provider's state: one knob, one book."""

    def __init__(self) -> None:
        self.knob = Knob()
        self.deliveries: list[str] = []
        self.waiting = 0


app = FastAPI()
provider = Provider()


@app.post("/send")
async def send(to: str, request: Request) -> dict[str, str]:
    """Book a delivery after the delay; a caller who has hung up, or was killed, is not served."""
    began = time.monotonic()
    provider.waiting += 1
    try:
        while not provider.knob.down and time.monotonic() < began + provider.knob.delay:
            await asyncio.sleep(min(PAUSE_SECONDS, provider.knob.delay))
        if provider.knob.down:
            raise HTTPException(503, "the mail provider is down")
        await asyncio.sleep(PAUSE_SECONDS)  # let the news arrive that the caller has hung up
        if not await request.is_disconnected():
            provider.deliveries.append(to)
        return {"delivered": to}
    finally:
        provider.waiting -= 1


@app.put("/knob")
async def turn(knob: Knob) -> Knob:
    """Set the manners; returns them."""
    provider.knob = knob
    return knob


@app.get("/deliveries")
async def deliveries() -> list[str]:
    """The book."""
    return provider.deliveries


@app.get("/waiting")
async def waiting() -> int:
    """Requests that have come in and not been answered yet."""
    return provider.waiting
