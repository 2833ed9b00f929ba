"""Laid into the box beside an answer to lab 03 as it is: it runs there, never in the judge's process."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any

import database
import psutil
from inside.calls import answer, find
from inside.watch import Tree, Watch
from rq import Queue

tries = 0


def begin(users: list[list[Any]]) -> None:
    """A new database with these users: id, name, mail."""
    database.new()
    add(users)


def add(users: list[list[Any]]) -> None:
    """More users."""
    for user in users:
        database.connect().execute("INSERT INTO users VALUES (?, ?, ?, 0, 0)", user)


def call_each(function: Callable[..., Any], rows: list[list[Any]]) -> None:
    """Call a function with each row of arguments."""
    for row in rows:
        function(*row)


def table(name: str) -> list[list[Any]]:
    """The rows of a table, sorted."""
    return sorted(map(list, database.connect().execute(f"SELECT * FROM {name}")))


def change_mail(user_id: int, mail: str) -> None:
    """The user has another address now."""
    database.connect().execute("UPDATE users SET mail = ? WHERE id = ?", [mail, user_id])


def enqueue_for(function: Callable[..., Any], queue: Queue, users: list[list[Any]], user_id: int) -> Any:
    """Begin with these users, and let the answer enqueue something for one of them, given as an object."""
    begin(users)
    return function(queue, database.get_user(user_id))


def fail_once(function: str, *args: Any) -> Any:
    """A job: the first attempt in this process fails before it has done anything, the others call a function."""
    global tries
    tries += 1
    if tries == 1:
        raise ConnectionError("the database did not answer, this once")
    return find(function)(*args)


def click(
    function: Callable[..., Any], queue: Queue, clicks: list[list[Any]], users: list[list[Any]], new: bool
) -> list[Any]:
    """Add users, to a new database if wanted, and call a function once for each click.

    Returns what it returned or raised, and the mails that were sent before the first.
    """
    if new:
        database.new()
    add(users)
    sent = table("sent")
    return [[answer(function, queue, *each) for each in clicks], sent]


def click_at_once(function: Callable[..., Any], queue: Queue, user_id: int, day: str) -> list[Any]:
    """Two clicks at the same moment: the second one comes when the first is about to write its job down.

    The second has done what it does before the first goes on, unless it waits for the first.
    """
    enqueue_job, said = Queue.enqueue_job, []
    second = Thread(target=lambda: said.append(answer(function, queue, user_id, day)), daemon=True)

    def interrupted(self: Queue, *args: Any, **options: Any) -> Any:
        Queue.enqueue_job = enqueue_job  # type: ignore[method-assign]
        second.start()
        watch = Watch(Tree(psutil.Process()), waits=0.3, works=1, gives=30)
        while second.is_alive() and not watch.tick():
            second.join(watch.due_in())
        return enqueue_job(self, *args, **options)

    Queue.enqueue_job = interrupted  # type: ignore[method-assign]
    first = answer(function, queue, user_id, day)
    if second.ident:
        second.join()
    Queue.enqueue_job = enqueue_job  # type: ignore[method-assign]
    return [first, *said]
