"""The notebook's side of the mail provider: turn its knob, read its book."""

from __future__ import annotations

from pathlib import Path

import httpx

from workbook.bench.web import WebServer
from workbook.keeper.keeper import Keeper

PROVIDER_THREADS = 4


class MailProvider(WebServer):
    """A provider that takes `delay` seconds for a mail, may be down, and keeps a book of what it delivered."""

    def __init__(self, keeper: Keeper, redis_url: str, modules: Path) -> None:
        super().__init__(keeper, redis_url, modules, "workbook.bench.world.mail_app:app", PROVIDER_THREADS)
        # Proxy settings of the reader's shell are for the internet, not for loopback.
        self._client = httpx.Client(base_url=self.url, trust_env=False, timeout=60)

    def set(self, delay: float = 0.0, down: bool = False) -> None:
        """Turn the knob: `delay` in seconds a mail; `down` answers 503 to all."""
        self._client.put("/knob", json={"delay": delay, "down": down}).raise_for_status()

    @property
    def deliveries(self) -> list[str]:
        """Who has been sent a mail, in order."""
        return self._client.get("/deliveries").json()

    @property
    def waiting(self) -> int:
        """Requests that wait for the provider's answer."""
        return self._client.get("/waiting").json()
