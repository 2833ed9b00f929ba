"""The notebook's side of the payment provider: plan faults, read the book."""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import httpx

from workbook.bench.rq_command import child_environment, tail
from workbook.bench.world.payment_app import FAULTS
from workbook.errors import BenchError
from workbook.keeper.keeper import Keeper
from workbook.wait import wait_until

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Call:
    """A charge that was asked for: the order, the idempotency key that came with it, and what became of it.

    `outcome` is booked, known key, 503, killed before booking, the caller gave up, waits, or refused with the reason;
    `at` is in seconds since the provider's start.
    """

    order: str
    key: str | None
    outcome: str
    at: float

    def __repr__(self) -> str:
        with_key = f" with key {self.key}" if self.key else ""
        return f"{self.order}{with_key}: {self.outcome}"


class PaymentProvider:
    """Books charges; its book is the evidence of what really happened. Jobs reach it by HTTP over `socket`."""

    def __init__(
        self,
        keeper: Keeper,
        redis_url: str,
        modules: Path,
        socket: str | None = None,
        protected: int | None = None,
    ) -> None:
        """Start it, on `socket` if that is given. Its faults kill descendants of the keeper, or of `protected` only."""
        self.socket = socket or str(keeper.socket_path(f"payments-{next(_numbers)}.sock"))
        parent = [str(protected)] if protected else []
        self.process = keeper.spawn(
            [sys.executable, "-m", "workbook.bench.world.payment_app", self.socket, *parent],
            env=child_environment(redis_url, modules),
            cwd=modules,
            log=keeper.folder / f"{Path(self.socket).stem}.log",
        )
        self._client = httpx.Client(
            transport=httpx.HTTPTransport(uds=self.socket), base_url="http://payments", timeout=60
        )
        wait_until(lambda: self._answers() or self.process.returncode is not None, 60, "the payment provider's start")
        if self.process.returncode is not None:
            raise BenchError(f"The payment provider ended at once:\n{tail(self.process.log)}")

    def plan(self, *faults: str) -> None:
        """The fault of each of the next charges, in order, one a charge; charges after them meet none.

        A fault is "503" (down, nothing booked), "hang" (until `release`), "job times out" (hangs, and the caller's
        `job_timeout` is over at once, whatever it was), "lose the answer" (booked, then hung up),
        "kill before booking" or "kill after booking" (the process that calls: the work-horse), "kill worker" (which
        leaves the work-horse alive and answers it), "kill worker and horse before booking" or "… after booking"; ""
        is none. Raises BenchError for any other.
        """
        for fault in faults:
            if fault not in FAULTS:
                raise BenchError(f"There is no fault {fault!r}; use one of: {', '.join(filter(None, FAULTS))}.")
        self._client.put("/plan", json=faults).raise_for_status()

    def set(self, down: bool = False) -> None:
        """`down`: answer 503 to every charge that has no fault planned, until it is set to False."""
        self._client.put("/down", json=down).raise_for_status()

    def clear(self) -> None:
        """Forget every call, key and fault, and let go of the charges that hang."""
        self._client.put("/clear").raise_for_status()

    def release(self) -> None:
        """Answer the charges that hang; those whose caller still waits are booked."""
        self._client.post("/release").raise_for_status()

    @property
    def calls(self) -> list[Call]:
        """Every charge that was asked for, in order of arrival."""
        return [Call(**call) for call in self._client.get("/calls").json()]

    @property
    def booked(self) -> Counter[str]:
        """How often each order was booked; 0 for one that never was."""
        return Counter(call.order for call in self.calls if call.outcome == "booked")

    def __repr__(self) -> str:
        return f"payment provider: {'running' if self.process.returncode is None else 'ended'}"

    def _answers(self) -> bool:
        try:
            return self._client.get("/calls").is_success
        except httpx.TransportError:
            return False
