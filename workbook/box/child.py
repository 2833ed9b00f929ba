"""A process of an answer in the box of a notebook: waited for with patience, ended, and what it left."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from workbook.box.box import Exit, How, IncidentError, Raised
from workbook.box.channel import Pipe
from workbook.box.inside.watch import Watch
from workbook.box.stand import STOPPED, Stand

PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.002, 0.02
OUTPUT_SHOWN = 4000
REPLY_BYTES = 1 << 20
INCIDENTS = {
    "stopped": ("a process of the answer", STOPPED),
    "lost": ("the machine", "was too busy, or stood still"),
}


class PlainChild:
    """A process of the answer; see `box.Child`. `worker` is the worker's name, where it is one."""

    def __init__(self, stand: Stand, number: int, worker: str = "") -> None:
        self._stand = stand
        self.number, self.worker, self.pid = number, worker, 0
        self.reply = Pipe(kept=REPLY_BYTES, most=REPLY_BYTES, first=True)
        self.printed = Pipe(kept=OUTPUT_SHOWN, most=stand.limits.output, first=False)

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        if self._code is None:
            self._listen(0)
        return self._code is not None

    def wait(self, until: Callable[[], Any] | None = None, portions: int = 1) -> Exit:
        """Wait for its end, or until a condition holds; when the patience is at its end it is killed.

        Where the condition ended the wait, the process runs on and the exit says finished.
        """
        watch, pause = self._stand.watch(portions), PAUSE_SECONDS
        while not self.ended:
            if until and until():
                return Exit("finished", self._output())
            if not self.printed.full and watch.due_in() > 0:
                self._listen(pause if until else watch.due_in())
                pause = min(1.5 * pause, LONGEST_PAUSE_SECONDS)
                continue
            end = watch.tick()
            if too_much := self._too_much(watch):
                self.kill()
                return Exit(too_much, self._output())
            if end in ("stopped", "lost"):
                self.kill()
                raise IncidentError(*INCIDENTS[end])
            if end:
                self.kill()
                return Exit("timeout", self._output(), busy=end == "works")
        return self._exit()

    def kill(self) -> None:
        """SIGKILL, and wait until it is dead."""
        self._stand.channel.tell(id=self.number, op="kill")
        self._stand.wait_for(lambda: self.ended, "a process of the answer")

    def _too_much(self, watch: Watch) -> How | None:
        """What it has taken more of than is allowed."""
        limits = self._stand.limits
        if self.printed.full:
            return "output"
        if watch.count > limits.processes:
            return "processes"
        return "disk" if self._stand.disk_used() > limits.disk else None

    @property
    def _code(self) -> int | None:
        return self._stand.channel.end_of(self.number)

    def close(self) -> None:
        """Read no more of it."""
        self.reply.close()
        self.printed.close()

    def _listen(self, seconds: float) -> None:
        """Hear of its end, and take in what it writes: a process that is not read from would wait."""
        pipes = [pipe.number for pipe in (self.reply, self.printed) if pipe.open and not pipe.full]
        self._stand.channel.listen(seconds, pipes)
        self.reply.take_in()
        self.printed.take_in()

    def _exit(self) -> Exit:
        self._listen(0)
        reply, output, code = self._reply(), self._output(), self._code or 0
        raised = Raised(**reply["raised"]) if reply and "raised" in reply else None
        if self.printed.full:
            return Exit("output", output, raised=raised, code=code)
        if raised and raised.type == "MemoryError":
            return Exit("memory", output, raised=raised, code=code)
        if reply is None or code != 0:
            return Exit("died", output, code=code)
        kind, too_long = str(reply.get("type", "NoneType")), reply.get("too_long") is True
        return Exit("finished", output, reply.get("value"), kind, raised, code, too_long=too_long)

    def _reply(self) -> dict[str, Any] | None:
        """What the child wrote at its end; None when it wrote nothing that can be read."""
        try:
            reply = json.loads(self.reply.data)
            if not isinstance(reply, dict):
                return None
            if "raised" in reply:
                reply["raised"] = {
                    name: str(reply["raised"].get(name, ""))[:2000] for name in ("type", "text", "lines")
                }
            return reply
        except (ValueError, AttributeError, TypeError, RecursionError):
            return None

    def _output(self) -> str:
        return self.printed.data.decode(errors="replace")
