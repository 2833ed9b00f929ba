"""Judges of lab 07 that stop an answer between two steps of its own and read its database: q3 and q4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from workbook.bench.box import QUEUE, Box, Child, Exit
from workbook.check.evidence import ran
from workbook.check.outcome import NotYet, Outcome, expect, not_yet, right

SCENE = Path(__file__).with_name("scene_07.py")
MOST_STEPS = 24
END = "the end of the function"


def set_scene(box: Box) -> None:
    """Lay the scene beside the answer, with empty tables."""
    box.put({"scene.py": SCENE.read_text(encoding="utf-8")})
    ran(box.call("scene.make_tables"), "the tables")


def rows(box: Box, table: str) -> list[list[Any]]:
    """What a table holds, read in a process of the box: the file is the answer's, and not opened here."""
    return ran(box.call("scene.rows", table), f"reading the table {table}").value or []


@dataclass(frozen=True)
class Stopper:
    """Calls a function of the answer, whole, or stopped before one of its steps."""

    box: Box
    function: str

    def whole(self, *args: Any, tried: str) -> list[str]:
        """Call it; returns its steps."""
        steps = ran(without_scene(self.box.call("scene.run", 0, "", "", self.function, *args)), tried).value
        expect(
            isinstance(steps, list) and len(steps) <= MOST_STEPS, tried, "it ran hundreds of statements",
            "a handful of statements", "Each statement is an instant at which the process may die.",
        )  # fmt: skip
        return steps

    def each(self, *calls: tuple[Any, ...], tried: str) -> None:
        """Call it with these arguments, one call after the other; None is the queue."""
        run_each(self.box, *((self.function, *args) for args in calls), tried=tried)

    def killed(self, stop: int, *args: Any) -> Exit:
        """Call it, and kill it before step `stop`."""
        return self.box.call("scene.run", stop, "", "kill", self.function, *args)

    def waiting(self, stop: int, before: str, *args: Any) -> Child:
        """Call it, and let it wait before a step: returns when it waits there, or has ended."""
        self.box.redis.delete("scene:waits", "scene:go")
        child = self.box.start_call("scene.run", stop, before, "wait", self.function, *args)
        child.wait(until=lambda: self.box.redis.exists("scene:waits"))
        return child

    def let_go(self, child: Child, tried: str) -> None:
        """Let a call that waits go on, to its end."""
        self.box.redis.rpush("scene:go", 1)
        exit = child.wait()
        if not tolerated(exit):
            ran(without_scene(exit), tried)


def run_each(box: Box, *calls: tuple[Any, ...], tried: str) -> None:
    """Call functions whole, in one process; what the database refuses to one of two at once is passed over."""
    ran(without_scene(box.call("scene.run_each", QUEUE, *map(list, calls))), tried)


def without_scene(exit: Exit) -> Exit:
    """An exit whose traceback has the answer's lines only."""
    if not exit.raised:
        return exit
    lines = "\n".join(line for line in exit.raised.lines.splitlines() if not line.startswith("scene.py"))
    return replace(exit, raised=replace(exit.raised, lines=lines))


def tolerated(exit: Exit) -> bool:
    """Whether a call ended well, or was refused by the database as two at once may be: a retry comes later."""
    return exit.how == "finished" and (
        exit.raised is None or exit.raised.type in ("OperationalError", "IntegrityError")
    )


# ---- q3


def judge_q3(box: Box, rng: Random) -> Outcome:
    """The streak grows by one a day: run twice, killed before each step, and with another run between any two steps."""
    set_scene(box)
    stopper = Stopper(box, "streaks.credit")
    user = f"user-{rng.randrange(10**9)}"
    days = [f"2026-03-{day:02}" for day in rng.sample(range(1, 29), 3)]
    tried = f"`credit({user!r}, …)` for three days, and then for the first day again"
    steps = stopper.whole(f"{user}-once", days[0], tried=f"`credit({user!r}, {days[0]!r})`")
    stopper.each(*((user, day) for day in [*days, days[0]]), tried=tried)
    got = streak(box, user)
    expect(
        got == 3, tried, f"a streak of {got} days", "3 days",
        "Two runs for one day count once, and each new day counts: the mark belongs to the user *and* the day."
        if got
        else "Nothing is in the table: is it written, and committed?",
    )  # fmt: skip
    judge_kills(stopper, steps, rng)
    judge_two_at_once(stopper, steps, rng)
    return right(
        2, "`credit`, killed before each of its SQL statements and at its end, then run again; and two runs at once"
    )


def streak(box: Box, user: str) -> Any:
    """The days of a user, 0 for one who is not there; a list when there are several rows."""
    found = [days for name, days in rows(box, "streaks") if name == user]
    return found[0] if len(found) == 1 else found or 0


def judge_kills(stopper: Stopper, steps: Sequence[str], rng: Random) -> None:
    """A user for each crash point: killed there, then run again."""
    tag, day = rng.randrange(10**9), "2026-03-01"
    users = {number: f"killed-{tag}-{number}" for number in range(1, len(steps) + 1)}
    for number, user in users.items():
        stopper.killed(number, user, day)
    stopper.each(*((user, day) for user in users.values()), tried="the second run of `credit`, after a kill")
    found = dict(map(tuple, rows(stopper.box, "streaks")))  # type: ignore[arg-type]
    for number, user in users.items():
        days = found.get(user, 0)
        expect(
            days == 1, f"`credit`, killed just before this step, then run again:\n{steps[number - 1]}",
            f"a streak of {days} days", "1 day", why_not_one_day(days),
        )  # fmt: skip


def why_not_one_day(days: Any) -> str:
    """What a streak that is not 1 after a crash says."""
    if days == 0:
        return (
            "The mark was committed, the day was not: the second run found the mark and left. Mark and effect belong "
            "in one transaction, committed once."
        )
    return (
        "The day was committed, the mark was not: the second run did not know and counted again. Mark and effect "
        "belong in one transaction, committed once."
    )


def judge_two_at_once(stopper: Stopper, steps: Sequence[str], rng: Random) -> None:
    """A run waits before each of its steps, while another works, for its day or the next. 1 point is had."""
    tag = rng.randrange(10**9)
    tried = "two runs of `credit` at once"
    waits = [(number, day, f"raced-{tag}-{day}-{number}") for number in range(2, len(steps)) for day in ("1", "2")]
    for number, day, user in waits:
        child = stopper.waiting(number, "", user, "1")
        stopper.each((user, day), tried=tried)
        stopper.let_go(child, tried)
    # What the database has refused is tried again, as `Retry` does.
    stopper.each(*((user, day) for _, _, user in waits for day in ("1", "2")), tried=tried)
    found = dict(map(tuple, rows(stopper.box, "streaks")))  # type: ignore[arg-type]
    for number, day, user in waits:
        days, other = found.get(user, 0), "the same day" if day == "1" else "another day"
        expect(
            days == 2, f"{tried}: one waits just before this step, the other, for {other}, runs:\n{steps[number - 1]}",
            f"two days were done, the streak is {days}", "2 days",
            "Look, then write: between the two somebody else has written. Let the *write* decide: `INSERT OR IGNORE` "
            "tells by its `rowcount` whether it was you, and the database adds: `days = days + 1`.", 1,
        )  # fmt: skip


# ---- q4

ROW = "An order in the table, and nobody will ever charge it."


def judge_q4(box: Box, rng: Random) -> Outcome:
    """Page and relay are killed before each of their steps; each order that is in the table is charged once."""
    set_scene(box)
    place, relay = Stopper(box, "orders.place"), Stopper(box, "orders.relay")
    judge_quiet(box, place, relay, f"order-{rng.randrange(10**9)}")
    judge_page(box, place, relay, rng.randrange(10**9))
    try:
        judge_relay(box, place, relay, rng.randrange(10**9))
        judge_late_order(box, place, relay, rng.randrange(10**9))
    except NotYet as ended:
        raise NotYet(replace(ended.outcome, points=1)) from None
    return right(
        2, "page and relay, killed before each of their steps; an order placed while the relay works: 1 charge each"
    )


def judge_quiet(box: Box, place: Stopper, relay: Stopper, order: str) -> None:
    """Nothing fails: one order, one charge, an empty outbox."""
    tried = "`place`, `relay` and a worker, and nothing fails"
    place.whole(QUEUE, order, tried=f"`place(queue, {order!r})`")
    before = box.provider.booked[order]
    finish(box, relay, tried)
    expect(rows(box, "orders") == [[order]], tried, f"in `orders`: {rows(box, 'orders')}", "the order", "It is sold.")
    booked = box.provider.booked[order]
    expect(
        booked == 1 and not before, tried, f"{booked} charges, {before} of them while the page was served",
        "1 charge, by a worker", "The page writes the intention down; the relay enqueues `shop.post_charge`.",
    )  # fmt: skip


def finish(box: Box, relay: Stopper, tried: str) -> None:
    """The relay's next run, and a worker."""
    relay.whole(QUEUE, tried=tried)
    ran(box.work(), tried)


def judge_page(box: Box, place: Stopper, relay: Stopper, tag: int) -> None:
    """The page is killed before each step: order and charge are both there, or neither."""
    tried = "`place` with one more order"
    steps = place.whole(QUEUE, f"order-{tag}", tried=tried)
    orders = {number: f"order-{tag}-{number}" for number in range(1, len(steps) + 1)}
    for number, order in orders.items():
        place.killed(number, QUEUE, order)
    finish(box, relay, "`relay` after pages that died")
    there, booked = {id for (id,) in rows(box, "orders")}, box.provider.booked
    for number, order in orders.items():
        tried = f"`place`, killed just before this step, then `relay` and a worker:\n{steps[number - 1]}"
        got = f"order in the database: {'yes' if order in there else 'no'}, charges: {booked[order]}"
        expected = "an order in the database with 1 charge, or neither"
        if order in there and not booked[order]:
            not_yet(tried, got, expected, why_page_lost(steps))
        expect(
            booked[order] <= (order in there), tried, got, expected,
            "The job was enqueued before the commit, so the customer pays for an order that is not there. Redis does "
            "not roll back with your database: enqueue what is committed.",
        )  # fmt: skip


def why_page_lost(steps: Sequence[str]) -> str:
    """Why an order without a charge was left by a page that died."""
    if any("enqueued" in step for step in steps):
        return f"{ROW} Between the commit and the enqueue lies an instant: write the intention beside the order."
    return f"{ROW} Order and intention must be committed at once, in one `with` block: both rows or none."


def judge_relay(box: Box, place: Stopper, relay: Stopper, tag: int) -> None:
    """The relay is killed before each step, with one order in the outbox; then the next relay comes, and a worker."""
    left = rows(box, "outbox")
    expect(
        not left, "`place`, then `relay` to its end", f"{len(left)} rows are left in the outbox", "an empty outbox",
        "What stays in the outbox is enqueued again at each run, for ever. A DELETE counts when it is committed.",
    )  # fmt: skip
    tried = "`relay` with one order in the outbox"
    place.each((None, f"order-{tag}"), tried=tried)
    steps = relay.whole(QUEUE, tried=tried)
    orders = [f"order-{tag}-{number}" for number in range(1, len(steps) + 2)]
    place.each((None, orders[0]), tried=tried)
    for number, following in enumerate(orders[1:], 1):
        relay.killed(number, QUEUE)
        run_each(
            box, (relay.function, None), (place.function, None, following), tried=f"`relay` after a dead one {number}"
        )
    finish(box, relay, "`relay`")
    for number, order in enumerate(orders[:-1]):
        judge_relayed(box.provider.booked[order], steps[number])
    judge_next_day(box, place, relay, f"order-{tag}-day", steps)


def judge_relayed(booked: int, step: str) -> None:
    """An order whose relay was killed before a step has one charge."""
    tried = f"`relay`, killed just before this step, then `relay` again and a worker:\n{step}"
    expect(
        booked, tried, "the order was never charged", "1 charge",
        "The row was deleted before its job was in the queue, and there the relay died. Enqueue first: twice does no "
        "harm where never does.",
    )  # fmt: skip
    expect(
        booked == 1, tried, f"the order has {booked} charges", "1 charge",
        "A relay that dies after it has enqueued leaves the row, and the next one enqueues once more. A fixed job id "
        "does not prevent it: the job itself has to bear it. Pass the order as `key`.",
    )  # fmt: skip


def judge_next_day(box: Box, place: Stopper, relay: Stopper, order: str, steps: Sequence[str]) -> None:
    """The relay is killed when it has enqueued; the job is done, its hash expires, and the next relay comes."""
    tried = "`relay`, killed when it had enqueued the job; a worker; and the next relay a day later"
    enqueued = [number for number, step in enumerate(steps, 1) if "enqueued" in step]
    place.each((None, order), tried=tried)
    relay.killed(enqueued[-1] + 1 if enqueued else len(steps), QUEUE)
    ran(box.work(), tried)
    box.advance(86_400)
    finish(box, relay, tried)
    booked = box.provider.booked[order]
    expect(
        booked == 1, tried, f"the order has {booked} charges", "1 charge",
        "A job's id is known as long as its hash is there, minutes after it has run. The provider's memory is the one "
        "that counts: pass the order as `key`.",
    )  # fmt: skip


def judge_late_order(box: Box, place: Stopper, relay: Stopper, tag: int) -> None:
    """An order is placed while the relay is about to delete what it has enqueued."""
    tried = "`place` while `relay` waits just before its DELETE, then `relay` again and a worker"
    early, late = f"order-{tag}-early", f"order-{tag}-late"
    place.each((None, early), tried=tried)
    child = relay.waiting(0, "DELETE", QUEUE)
    place.each((None, late), tried=tried)
    relay.let_go(child, tried)
    finish(box, relay, tried)
    there, booked = {id for (id,) in rows(box, "orders")}, box.provider.booked
    expect(
        booked[early] == 1 and booked[late] == (late in there), tried,
        f"the order that was there: {booked[early]} charges, the one that came meanwhile: {booked[late]}",
        "1 charge each", "Delete the rows that you have enqueued, by their id, and no others.",
    )  # fmt: skip
