"""Judges of lab 07 that stop an answer between two steps of its own and read its database: q3 and q4."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import repeat
from pathlib import Path
from random import Random
from typing import Any

from workbook.bench.box import Box, Exit, Raised
from workbook.check.evidence import places, ran
from workbook.check.labs.charges_07 import read_failure
from workbook.check.outcome import NotYet, Outcome, expect, not_yet, right

SCENE = Path(__file__).with_name("scene_07.py")
MOST_STEPS = 24
WORK_SECONDS = 8.0
PLAY_SECONDS = 60.0  # the scene itself ends what hangs
Move = Sequence[Any]
"""What a scene is asked to do: see `play` in scene_07."""


def set_scene(box: Box) -> None:
    """Lay the scene beside the answer."""
    box.put({"scene.py": SCENE.read_text(encoding="utf-8")})


def play(box: Box, *moves: Move) -> Iterator[Exit]:
    """Let the scene make moves, all in one call; returns how each of them ended, up to the first that hangs."""
    return exits_of(box.call("scene.play", *map(list, moves), deadline=PLAY_SECONDS), len(moves))


def exits_of(exit: Exit, expected: int) -> Iterator[Exit]:
    """The ends of the forks that a call of the scene had, or its own end when that is not as it should be."""
    ends = exit.value
    if exit.how != "finished" or exit.raised or not isinstance(ends, list):
        yield from repeat(without_scene(exit), max(1, expected))
        return
    for end in ends:
        raised = Raised(**end["raised"]) if end.get("raised") else None
        yield without_scene(Exit(end["how"], exit.output, end.get("value"), raised=raised, code=end.get("code", 0)))


def without_scene(exit: Exit) -> Exit:
    """An exit whose traceback has the answer's lines only."""
    if not exit.raised:
        return exit
    lines = "\n".join(line for line in exit.raised.lines.splitlines() if not line.startswith("scene.py"))
    return replace(exit, raised=replace(exit.raised, lines=lines))


def whole(exit: Exit, tried: str) -> list[str]:
    """The steps of a function that was called whole."""
    steps = ran(exit, tried).value
    expect(
        isinstance(steps, list) and len(steps) <= MOST_STEPS, tried, "it ran dozens of statements",
        "a handful of statements", "Each statement is an instant at which the process may die.",
    )  # fmt: skip
    return steps


def ended(exit: Exit, tried: str) -> None:
    """A call that was to be killed: whatever came of it, it must not hang."""
    if exit.how == "timeout":
        ran(exit, tried)


def gave_way(exit: Exit, tried: str) -> None:
    """A call that ended well, or was refused by the database as one of two at once may be: a retry comes later."""
    if exit.how != "finished" or (exit.raised and exit.raised.type not in ("OperationalError", "IntegrityError")):
        ran(exit, tried)


def work(box: Box, tried: str) -> None:
    """Let a worker run what is queued."""
    ran(box.work(deadline=WORK_SECONDS), tried)


# ---- q3

CREDIT, DAY, AT_ONCE = "streaks.credit", "2026-03-01", "two runs of `credit` at once"


def judge_q3(box: Box, rng: Random) -> Outcome:
    """The streak grows by one a day: run twice, killed before each step, and with another run between any two steps."""
    set_scene(box)
    steps = judge_days(box, rng)
    kills, races = killed_users(steps, rng), raced_users(steps, rng)
    exits = play(
        box,
        *(["kill", number, CREDIT, user, DAY] for number, user in kills.items()),
        ["each", *([CREDIT, user, DAY] for user in kills.values())],
        *(["meanwhile", number, "", [CREDIT, user, "1"], [CREDIT, user, day]] for number, day, user in races),
        # What the database has refused is tried again, as `Retry` does.
        ["each", *([CREDIT, user, day] for _, _, user in races for day in ("1", "2"))],
        ["rows", "streaks"],
    )
    judge_kills(exits, len(kills))
    judge_ends(exits, len(races))
    streaks = dict(map(tuple, next(exits).value))  # type: ignore[arg-type]
    judge_killed(streaks, kills, steps)
    judge_raced(streaks, races, steps)
    return right(
        2, "`credit`, killed before each of its SQL statements and at its end, then run again; and two runs at once"
    )


def judge_days(box: Box, rng: Random) -> list[str]:
    """Three days, and the first again; returns the steps of a call."""
    user = f"user-{rng.randrange(10**9)}"
    days = [f"2026-03-{day:02}" for day in rng.sample(range(1, 29), 3)]
    tried = f"`credit({user!r}, …)` for three days, and then for the first day again"
    calls = ([CREDIT, user, day] for day in [*days, days[0]])
    exits = play(box, ["tables"], ["run", CREDIT, f"{user}-once", days[0]], ["each", *calls], ["rows", "streaks"])
    ran(next(exits), "the tables")
    steps = whole(next(exits), f"`credit({user!r}, {days[0]!r})`")
    ran(next(exits), tried)
    got = streak(next(exits).value, user)
    expect(
        got == 3, tried, f"a streak of {got} days", "3 days",
        "Two runs for one day count once, and each new day counts: the mark belongs to the user *and* the day."
        if got
        else "Nothing is in the table: is it written, and committed?",
    )  # fmt: skip
    return steps


def streak(streaks: Sequence[Sequence[Any]], user: str) -> Any:
    """The days of a user, 0 for one who is not there; a list when there are several rows."""
    found = [days for name, days in streaks if name == user]
    return found[0] if len(found) == 1 else found or 0


def killed_users(steps: Sequence[str], rng: Random) -> dict[int, str]:
    """A user for each crash point."""
    tag = rng.randrange(10**9)
    return {number: f"killed-{tag}-{number}" for number in range(1, len(steps) + 1)}


def raced_users(steps: Sequence[str], rng: Random) -> list[tuple[int, str, str]]:
    """The step before which a run for day 1 waits, the day for which another runs meanwhile, and a user for both."""
    tag = rng.randrange(10**9)
    return [(number, day, f"raced-{tag}-{day}-{number}") for number in range(2, len(steps)) for day in ("1", "2")]


def judge_kills(exits: Iterator[Exit], number: int) -> None:
    """The runs that are killed, and the second runs."""
    for _ in range(number):
        ended(next(exits), "`credit`, to be killed at one of its steps")
    ran(next(exits), "the second run of `credit`, after a kill")


def judge_ends(exits: Iterator[Exit], number: int) -> None:
    """The runs of which two are at it at once, and their retries."""
    for _ in range(number):
        gave_way(next(exits), AT_ONCE)
        ran(next(exits), AT_ONCE)
    ran(next(exits), AT_ONCE)


def judge_killed(streaks: dict[str, Any], users: dict[int, str], steps: Sequence[str]) -> None:
    """Each user whose run was killed has one day after the second run."""
    for number, user in users.items():
        days = streaks.get(user, 0)
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


def judge_raced(streaks: dict[str, Any], races: Sequence[tuple[int, str, str]], steps: Sequence[str]) -> None:
    """Each user for whom two runs were at it has two days in the end. 1 point is had."""
    for number, day, user in races:
        days, other = streaks.get(user, 0), "the same day" if day == "1" else "another day"
        expect(
            days == 2,
            f"{AT_ONCE}: one waits just before this step, the other, for {other}, runs:\n{steps[number - 1]}",
            f"two days were done, the streak is {days}", "2 days",
            "Look, then write: between the two somebody else has written. Let the *write* decide: `INSERT OR IGNORE` "
            "tells by its `rowcount` whether it was you, and the database adds: `days = days + 1`.", 1,
        )  # fmt: skip


# ---- q4

PLACE, RELAY = "orders.place", "orders.relay"
ROW = "An order in the table, and nobody will ever charge it."
NEXT_DAY = "`relay`, killed when it had enqueued the job; a worker; and the next relay a day later"
LATE = "`place` while `relay` waits just before its DELETE, then `relay` again and a worker"


def judge_q4(box: Box, rng: Random) -> Outcome:
    """Page and relay are killed before each of their steps; each order that is in the table is charged once."""
    set_scene(box)
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
        sorted(there) == sorted([order] for order in orders), tried, f"in `orders`: {there}",
        "the orders that were placed", "They are sold.",
    )  # fmt: skip
    booked = min((box.provider.booked[order] for order in orders), key=lambda number: number == 1)
    expect(
        booked == 1 and not before, tried,
        f"{booked} charges, {before} of them while the page was served{read_failure(box)}",
        "1 charge, by a worker", "The page writes the intention down; the relay enqueues `shop.post_charge`.",
    )  # fmt: skip
    return page, relay, len(left)


def judge_page(booked: Counter[str], there: set[str], placed: dict[int, str], steps: Sequence[str]) -> None:
    """The page was killed before each step: order and charge are both there, or neither."""
    for number, order in placed.items():
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


def judge_left(left: int, again: int) -> None:
    """The outbox is empty after the relay, and what it has enqueued is not enqueued once more."""
    got = f"{left} rows are left in the outbox" + (", and the first order was enqueued twice" if again else "")
    expect(
        not left and not again, "`place`, `relay`, `place`, `relay`, and nothing fails", got,
        "an empty outbox, and one job an order",
        "What stays is enqueued again at each run, for ever. A DELETE counts when it is committed.",
    )  # fmt: skip


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
        booked, tried, "the order was never charged", "1 charge",
        "The row was deleted before its job was in the queue, and there the relay died. Enqueue first: twice does no "
        "harm where never does.",
    )  # fmt: skip
    expect(
        booked == 1, tried, f"the order has {booked} charges", "1 charge",
        "A relay that dies after it has enqueued leaves the row, and the next one enqueues once more. A fixed job id "
        "does not prevent it: the job itself has to bear it. Pass the order as `key`.",
    )  # fmt: skip


def judge_late_order(booked: Counter[str], there: set[str], early: str, late: str) -> None:
    """An order that was placed while the relay was about to delete what it had enqueued."""
    expect(
        booked[early] == 1 and booked[late] == (late in there), LATE,
        f"the order that was there: {booked[early]} charges, the one that came meanwhile: {booked[late]}",
        "1 charge each", "Delete the rows that you have enqueued, by their id, and no others.",
    )  # fmt: skip


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
        booked[order] == 1, NEXT_DAY, f"the order has {booked[order]} charges", "1 charge",
        "A job's id is known as long as its hash is there, minutes after it has run. The provider's memory is the one "
        "that counts: pass the order as `key`.",
    )  # fmt: skip
    expect(
        booked[troubled] == 1, "`place`, `relay`, and a worker whose first call meets a 503",
        f"the order has {booked[troubled]} charges", "1 charge",
        "Its row is gone from the outbox, so the job is all there is: enqueue it with `retry=Retry(max=3)`.",
    )  # fmt: skip
