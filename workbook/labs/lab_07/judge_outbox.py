"""The judge of lab 07's q4: page and relay, killed before each of their steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from workbook.box.box import Box, Exit
from workbook.check.evidence import places, ran
from workbook.check.outcome import Finding, NotYet, Outcome, expect, not_yet, right
from workbook.labs.lab_07.stage import Move, ended, gave_way, play, read_failure, whole, work

PLACE, RELAY = "orders.place", "orders.relay"
ROW = "An order in the table, and nobody will ever charge it."
NEXT_DAY = "`relay`, killed when it had enqueued the job; a worker; and the next relay a day later"
LATE = "`place` while `relay` waits just before its DELETE, then `relay` again and a worker"


def judge_q4(box: Box, rng: Random) -> Outcome:
    """Page and relay are killed before each of their steps; each order that is in the table is charged once."""
    tag = f"order-{rng.randrange(10**9)}"
    page, relay, left = judge_quiet(box, tag)
    again = sum(call.order == tag for call in box.provider.calls) - 1
    placed = {number: f"{tag}-page-{number}" for number in range(1, len(page) + 1)}
    relayed = {number: f"{tag}-relay-{number}" for number in range(1, len(relay) + 1)}
    exits = play(
        box,
        *(["kill", number, PLACE, None, order] for number, order in placed.items()),
        ["run", RELAY, None],
        ["rows", "orders"],
        *([] if left or again else relay_moves(tag, relay, relayed)),
    )
    for _ in placed:
        ended(next(exits), "`place`, to be killed at one of its steps")
    whole(next(exits), "`relay` after pages that died")
    there = next(exits).value
    work(box, "a worker, after `place` and `relay`")
    booked = box.provider.booked
    judge_page(booked, {id for (id,) in there}, placed, page)
    try:
        judge_left(left, again)
        judge_relay(booked, exits, tag, relayed, relay)
        judge_next_day(box, f"{tag}-day", f"{tag}-503")
    except NotYet as stop:
        raise NotYet(replace(stop.outcome, points=1)) from None
    return right(
        2, "page and relay, killed before each of their steps; an order placed while the relay works: 1 charge each"
    )


def judge_quiet(box: Box, tag: str) -> tuple[list[str], list[str], int]:
    """Nothing fails: two orders, one charge each. Returns the steps of page and relay, and the rows that are left."""
    orders, tried = [tag, f"{tag}-next"], "`place`, `relay` and a worker, and nothing fails"
    calls = (["run", PLACE, None, orders[0]], ["run", RELAY, None], ["run", PLACE, None, orders[1]])
    exits = play(box, ["tables"], *calls, ["run", RELAY, None], ["rows", "orders"], ["rows", "outbox"])
    ran(next(exits), "the tables")
    whole(next(exits), f"`place(queue, {tag!r})`")
    before = box.provider.booked[tag]
    whole(next(exits), tried)
    page, relay = whole(next(exits), "`place` with one more order"), whole(next(exits), tried)
    there, left = next(exits).value, next(exits).value
    work(box, tried)
    expect(
        sorted(there) == sorted([order] for order in orders),
        Finding(
            tried=tried,
            got=f"in `orders`: {there}",
            expected="the orders that were placed",
            lesson="They are sold.",
        ),
    )
    booked = min((box.provider.booked[order] for order in orders), key=lambda number: number == 1)
    expect(
        booked == 1 and not before,
        Finding(
            tried=tried,
            got=f"{booked} charges, {before} of them while the page was served{read_failure(box)}",
            expected="1 charge, by a worker",
            lesson="The page writes the intention down; the relay enqueues `shop.post_charge`.",
        ),
    )
    return page, relay, len(left)


def judge_page(booked: Counter[str], there: set[str], placed: dict[int, str], steps: Sequence[str]) -> None:
    """The page was killed before each step: order and charge are both there, or neither."""
    for number, order in placed.items():
        tried = f"`place`, killed just before this step, then `relay` and a worker:\n{steps[number - 1]}"
        got = f"order in the database: {'yes' if order in there else 'no'}, charges: {booked[order]}"
        expected = "an order in the database with 1 charge, or neither"
        if order in there and not booked[order]:
            not_yet(
                Finding(
                    tried=tried,
                    got=got,
                    expected=expected,
                    lesson=why_page_lost(steps),
                ),
            )
        expect(
            booked[order] <= (order in there),
            Finding(
                tried=tried,
                got=got,
                expected=expected,
                lesson=(
                    "The job was enqueued before the commit, so the customer pays for an order that is not there. "
                    "Redis does not roll back with your database: enqueue what is committed."
                ),
            ),
        )


def why_page_lost(steps: Sequence[str]) -> str:
    """Why an order without a charge was left by a page that died."""
    if any("enqueued" in step for step in steps):
        return f"{ROW} Between the commit and the enqueue lies an instant: write the intention beside the order."
    return f"{ROW} Order and intention must be committed at once, in one `with` block: both rows or none."


def judge_left(left: int, again: int) -> None:
    """The outbox is empty after the relay, and what it has enqueued is not enqueued once more."""
    got = f"{left} rows are left in the outbox" + (", and the first order was enqueued twice" if again else "")
    expect(
        not left and not again,
        Finding(
            tried="`place`, `relay`, `place`, `relay`, and nothing fails",
            got=got,
            expected="an empty outbox, and one job an order",
            lesson="What stays is enqueued again at each run, for ever. A DELETE counts when it is committed.",
        ),
    )


def relay_moves(tag: str, steps: Sequence[str], orders: dict[int, str]) -> Iterator[Move]:
    """The relay is killed before each step, with one order in the outbox; an order comes in between; the last relay
    dies when it has enqueued."""
    for number, order in orders.items():
        yield ["each", [RELAY, None], [PLACE, None, order]]
        yield ["kill", number, RELAY, None]
    yield ["each", [RELAY, None], [PLACE, None, f"{tag}-early"]]
    yield ["meanwhile", 0, "DELETE", [RELAY, None], [PLACE, None, f"{tag}-late"]]
    yield ["each", [RELAY, None]]
    yield ["rows", "orders"]
    yield ["each", [PLACE, None, f"{tag}-day"]]
    enqueued = [number for number, step in enumerate(steps, 1) if "enqueued" in step]
    yield ["kill", enqueued[-1] + 1 if enqueued else len(steps), RELAY, None]


def judge_relay(
    booked: Counter[str], exits: Iterator[Exit], tag: str, orders: dict[int, str], steps: Sequence[str]
) -> None:
    """Each order has one charge, whatever happened to its relay."""
    for _ in orders:
        ran(next(exits), "`relay` after a dead one, then `place` with one more order")
        ended(next(exits), "`relay`, to be killed at one of its steps")
    ran(next(exits), "`relay` after a dead one, then `place` with one more order")
    for number, order in orders.items():
        judge_relayed(booked[order], steps[number - 1])
    gave_way(next(exits), LATE)
    ran(next(exits), LATE)
    ran(next(exits), LATE)
    judge_late_order(booked, {id for (id,) in next(exits).value}, f"{tag}-early", f"{tag}-late")
    ran(next(exits), NEXT_DAY)
    ended(next(exits), NEXT_DAY)


def judge_relayed(booked: int, step: str) -> None:
    """An order whose relay was killed before a step has one charge."""
    tried = f"`relay`, killed just before this step, then `relay` again and a worker:\n{step}"
    expect(
        booked,
        Finding(
            tried=tried,
            got="the order was never charged",
            expected="1 charge",
            lesson=(
                "The row was deleted before its job was in the queue, and there the relay died. Enqueue first: twice "
                "does no harm where never does."
            ),
        ),
    )
    expect(
        booked == 1,
        Finding(
            tried=tried,
            got=f"the order has {booked} charges",
            expected="1 charge",
            lesson=(
                "A relay that dies after it has enqueued leaves the row, and the next one enqueues once more. A fixed "
                "job id does not prevent it: the job itself has to bear it. Pass the order as `key`."
            ),
        ),
    )


def judge_late_order(booked: Counter[str], there: set[str], early: str, late: str) -> None:
    """An order that was placed while the relay was about to delete what it had enqueued."""
    expect(
        booked[early] == 1 and booked[late] == (late in there),
        Finding(
            tried=LATE,
            got=f"the order that was there: {booked[early]} charges, the one that came meanwhile: {booked[late]}",
            expected="1 charge each",
            lesson="Delete the rows that you have enqueued, by their id, and no others.",
        ),
    )


def judge_next_day(box: Box, order: str, troubled: str) -> None:
    """The job of a relay that died is done and its hash has expired when the next relay comes. It also brings an order
    whose charge meets a 503."""
    box.advance(86_400)
    exits = play(box, ["each", [PLACE, None, troubled]], ["run", RELAY, None])
    ran(next(exits), NEXT_DAY)
    ran(next(exits), NEXT_DAY)
    box.provider.plan(*[""] * (len(places(box.redis).queued) - 1), "503")
    work(box, NEXT_DAY)
    if box.advance(86_400):
        work(box, NEXT_DAY)
    booked = box.provider.booked
    expect(
        booked[order] == 1,
        Finding(
            tried=NEXT_DAY,
            got=f"the order has {booked[order]} charges",
            expected="1 charge",
            lesson=(
                "A job's id is known as long as its hash is there, minutes after it has run. The provider's memory is "
                "the one that counts: pass the order as `key`."
            ),
        ),
    )
    expect(
        booked[troubled] == 1,
        Finding(
            tried="`place`, `relay`, and a worker whose first call meets a 503",
            got=f"the order has {booked[troubled]} charges",
            expected="1 charge",
            lesson="Its row is gone from the outbox, so the job is all there is: enqueue it with `retry=Retry(max=3)`.",
        ),
    )
