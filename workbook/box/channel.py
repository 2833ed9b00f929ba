"""The judge's end of the talk with a box's warm parent (see `inside/zygote.py`): orders out, news of children in."""

from __future__ import annotations

import os
import select
import socket
from typing import Any

from workbook.box.box import IncidentError
from workbook.keeper.lines import Lines, as_line

PARENT = "the process that runs answers"


class Channel:
    """Orders to the warm parent, and what it says of its children. IncidentError when it is not there."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self._lines = Lines()
        self._heard: list[dict[str, Any]] = []
        self._ended: dict[int, int] = {}

    def close(self) -> None:
        """Hang up: the warm parent ends everything and itself."""
        self.control.close()

    def tell(self, pipes: tuple[int, ...] = (), **order: Any) -> None:
        """Send one order, with file descriptors that go with it."""
        line = as_line(order)
        try:
            if pipes:
                line = line[socket.send_fds(self.control, [line], pipes) :]
            self.control.sendall(line)
        except OSError:
            raise IncidentError(PARENT, "was ended") from None

    def end_of(self, number: int) -> int | None:
        """The exit code of the child of an order; None while it runs, as far as was heard."""
        return self._ended.get(number)

    def listen(self, seconds: float, pipes: list[int] | None = None) -> None:
        """Take in what the parent says within some seconds; returns sooner when one of the `pipes` can be read."""
        doors: list[socket.socket | int] = [self.control, *(pipes or [])]
        ready, _, _ = select.select(doors, [], [], max(0.0, seconds))
        if self.control not in ready:
            return
        try:
            data = self.control.recv(1 << 16)
        except OSError:
            data = b""
        if not data:
            raise IncidentError(PARENT, "was ended")
        for heard in self._lines.take_in(data):
            if "ended" in heard:
                self._ended[heard["id"]] = heard["ended"]
            else:
                self._heard.append(heard)

    def heard_of(self, number: int, word: str) -> dict[str, Any] | None:
        """What was heard of an order, where this word is in it; None as long as nothing was."""
        for heard in self._heard:
            if heard["id"] == number and word in heard:
                self._heard.remove(heard)
                return heard
        return None

    def forget(self) -> None:
        """Forget the children that have ended."""
        self._ended.clear()


class Pipe:
    """The reading end of a pipe that a child writes into: keeps the first or the last bytes, and counts all.

    It never blocks, and reads `most` bytes at most.
    """

    def __init__(self, kept: int, most: int, first: bool) -> None:
        self._read, self.theirs = os.pipe()
        os.set_blocking(self._read, False)
        self._kept, self._most, self._first = kept, most, first
        self.data, self.count, self.open = b"", 0, True

    @property
    def number(self) -> int:
        """The file descriptor, to wait for."""
        return self._read

    @property
    def full(self) -> bool:
        """Whether more came than is allowed."""
        return self.count >= self._most

    def hand_over(self) -> None:
        """The other end belongs to the child now."""
        os.close(self.theirs)

    def take_in(self) -> None:
        """Read what is there."""
        while self.open and not self.full:
            try:
                data = os.read(self._read, 1 << 16)
            except BlockingIOError:
                return
            self.open = bool(data)
            self.count += len(data)
            whole = self.data + data
            self.data = whole[: self._kept] if self._first else whole[-self._kept :]

    def close(self) -> None:
        """Read no more."""
        if self._read >= 0:
            os.close(self._read)
            self._read, self.open = -1, False
