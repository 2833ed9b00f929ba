"""The judge of lab 07's q3: a day counts once, whatever happens between two statements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from workbook.box.box import Box, Exit
from workbook.check.evidence import ran
from workbook.check.outcome import Finding, Outcome, expect, right
from workbook.labs.lab_07.stage import ended, gave_way, play, whole

CREDIT, DAY, AT_ONCE = "streaks.credit", "2026-03-01", "two runs of `credit` at once"


def judge_q3(box: Box, rng: Random) -> Outcome:
    """The streak grows by one a day: run twice, killed before each step, and with another run between any two steps."""
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
    streaks = dict(map(tuple, next(exits).value))
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
        got == 3,
        Finding(
            tried=tried,
            got=f"a streak of {got} days",
            expected="3 days",
            lesson=(
                "Two runs for one day count once, and each new day counts: the mark belongs to the user *and* the day."
                if got
                else "Nothing is in the table: is it written, and committed?"
            ),
        ),
    )
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
            days == 1,
            Finding(
                tried=f"`credit`, killed just before this step, then run again:\n{steps[number - 1]}",
                got=f"a streak of {days} days",
                expected="1 day",
                lesson=why_not_one_day(days),
            ),
        )


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
            Finding(
                tried=f"{AT_ONCE}: one waits just before this step, the other, for {other}, runs:\n{steps[number - 1]}",
                got=f"two days were done, the streak is {days}",
                expected="2 days",
                lesson=(
                    "Look, then write: between the two somebody else has written. Let the *write* decide: `INSERT OR "
                    "IGNORE` tells by its `rowcount` whether it was you, and the database adds: `days = days + 1`."
                ),
            ),
            points=1,
        )
