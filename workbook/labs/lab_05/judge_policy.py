"""The judge of lab 05's q4: a policy with backoff and jitter."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from workbook.box.box import QUEUE, Box, Given
from workbook.check.evidence import places, ran
from workbook.check.outcome import Finding, Outcome, expect, right
from workbook.check.words import ended, plural
from workbook.labs.lab_05.judge_payments import SEEN_BY_SOMEBODY, kind_of
from workbook.labs.lab_05.stage import Followed, follow

LIMITS = (15, 60, 240, 960)
DRAWS = 1000
PROMISE = "four whole numbers, from 1 to 15, 60, 240 and 960"
TOGETHER = "Jobs that fail in the same moment come back in the same moment, to a provider that has just got up."


# ---- q4


def judge_q4(box: Box, rng: Random) -> Outcome:
    """First the function alone, drawn many times; then jobs that fail as long as they are tried, and one bad price."""
    judge_waits(box)
    orders = [f"order-{rng.randrange(10**9)}" for _ in range(3)]
    bad = f"bad-{rng.randrange(10**9)}"
    rows = [[order, "9.50"] for order in orders] + [[bad, "nine euros"]]
    box.provider.set(down=True)
    tried = (
        '`enqueue_renewal` for three orders while the provider is down and for one with the price "nine euros", '
        "then workers whenever an attempt was due"
    )
    ids = ran(box.call("scene.call_each", Given("function", "billing.enqueue_renewal"), QUEUE, rows), tried).value
    queued = places(box.redis).queued
    expect(
        isinstance(ids, list) and len(queued) == len(rows) and list(queued) == ids,
        Finding(
            tried=tried,
            got=f"it returned {ids!r}, and {plural(len(queued), 'job')} waited in the queue"[:300],
            expected="one job a call in the queue, its id returned",
            lesson="The caller keeps the id to ask for the job later.",
        ),
        points=1,
    )
    *stories, spoilt = follow(box, dict(zip(ids, [*orders, bad], strict=True)), tried).values()
    expect(
        set(places(box.redis).scheduled) <= set(ids),
        Finding(
            tried=tried,
            got="another job was scheduled than those whose ids were returned",
            expected="the same job, tried again",
            lesson="Whoever holds the id sees a job that has finished, while its payment waits in another one.",
        ),
        points=1,
    )
    judge_attempts(stories, tried)
    judge_bad_price(spoilt, tried)
    return right(
        3, f'`waits()`, {DRAWS} times; three orders while the provider is down, and one with the price "nine euros"'
    )


def judge_waits(box: Box) -> None:
    """`waits` alone: plain data, whose form and spread are compared with the promise."""
    tried = f"`waits()`, {DRAWS} times"
    drawn = ran(box.call("scene.draw", Given("function", "billing.waits"), DRAWS), tried).value
    lesson = "RQ takes a list with one wait for each retry."
    for one in drawn:
        expect(
            isinstance(one, list),
            Finding(
                tried=tried,
                got=f"it returned {one!r}"[:200],
                expected=f"a list of {PROMISE}",
                lesson=lesson,
            ),
        )
        expect(
            len(one) == 4,
            Finding(
                tried=tried,
                got=f"a list of {plural(len(one), 'wait')}: {one}"[:200],
                expected=PROMISE,
                lesson=(
                    "Five attempts have four waits between them. RQ reads the list from its end, and repeats the "
                    "first wait of one that is too short."
                ),
            ),
        )
        expect(
            all(type(wait) is int for wait in one),
            Finding(
                tried=tried,
                got=f"{one}"[:200],
                expected=PROMISE,
                lesson="RQ cuts due times to whole seconds: a wait of 0.7 s is none.",
            ),
        )
    columns = list(zip(*drawn, strict=True))
    expect(
        all(min(column) >= 1 for column in columns),
        Finding(
            tried=tried,
            got=f"waits of {min(map(min, columns))} s",
            expected=PROMISE,
            lesson="RQ takes 0 for no wait: the job goes straight back into the queue, and an attempt is lost.",
        ),
    )
    spread = "the longest of each: " + ", ".join(str(max(column)) for column in columns)
    expect(
        all(max(column) <= limit for column, limit in zip(columns, LIMITS, strict=True)),
        Finding(
            tried=tried,
            got=spread,
            expected=PROMISE,
            lesson=why_too_long(columns),
        ),
    )
    expect(
        len(set(map(tuple, drawn))) > 1,
        Finding(
            tried=tried,
            got=f"{drawn[0]}, each time",
            expected="other numbers at each call",
            lesson=TOGETHER + " The dice must be thrown anew in each call.",
        ),
    )
    expect(
        all(max(column) > limit / 2 for column, limit in zip(columns, LIMITS, strict=True)),
        Finding(
            tried=tried,
            got=spread,
            expected=PROMISE,
            lesson="Without growth all attempts are gone before the provider is back: each limit is four times "
            "the one before.",
        ),
    )
    expect(
        all(min(column) <= limit / 4 for column, limit in zip(columns, LIMITS, strict=True)),
        Finding(
            tried=tried,
            got="the shortest of each: " + ", ".join(str(min(column)) for column in columns),
            expected=PROMISE,
            lesson="Full jitter draws from the whole range. A wait with a little chance on top keeps the crowd "
            "together.",
        ),
    )
    averages = [sum(column) / DRAWS for column in columns]
    expect(
        all(abs(mean - limit / 2) <= limit / 10 for mean, limit in zip(averages, LIMITS, strict=True)),
        Finding(
            tried=tried,
            got="the average of each: " + ", ".join(f"{mean:.0f}" for mean in averages),
            expected=PROMISE + ", all equally likely",
            lesson="A limit grows four times, not the wait that happened to be drawn.",
        ),
    )


def why_too_long(columns: Sequence[Sequence[int]]) -> str:
    """What waits above their limits say."""
    longest = [max(column) for column in columns]
    if longest[0] > longest[-1]:
        return (
            "The list is in the order of the waits, the shortest first. RQ finds its place in it by counting the "
            "retries that are left, so with one wait for each retry there is nothing to turn round."
        )
    return (
        "The first limit is 15, and each is four times the one before. Is there one step too many, or a sum of waits?"
    )


def judge_attempts(stories: Sequence[Followed], tried: str) -> None:
    """Five attempts of each job, waits within their limits that grow and differ. Worth the second point."""
    for seen in stories:
        expect(
            seen.attempts == 5,
            Finding(
                tried=tried,
                got=str(seen),
                expected="5 attempts of each of the three orders",
                lesson=why_not_five(seen),
            ),
            points=1,
        )
        for wait, limit in zip(seen.waits, LIMITS, strict=False):
            expect(
                wait.high >= 1,
                Finding(
                    tried=tried,
                    got=str(seen),
                    expected="no retry without a wait",
                    lesson="A retry without an interval goes straight back into the queue, and its attempt is lost.",
                ),
                points=1,
            )
            expect(
                wait.low <= limit,
                Finding(
                    tried=tried,
                    got=str(seen),
                    expected=f"waits of at most {', '.join(map(str, LIMITS))} s",
                    lesson="The job does not wait what `waits()` says, or not in that order.",
                ),
                points=1,
            )
    got = "; ".join(str(seen) for seen in stories)
    expect(
        not all(
            one.overlaps(other)
            for seen in stories[1:]
            for one, other in zip(seen.waits, stories[0].waits, strict=False)
        ),
        Finding(
            tried=tried,
            got=got,
            expected="other waits for each job",
            lesson=TOGETHER + " Call `waits()` for each job.",
        ),
        points=1,
    )
    expect(
        any(wait.low > LIMITS[0] for seen in stories for wait in seen.waits[2:]),
        Finding(
            tried=tried,
            got=got,
            expected="limits that grow: 15, 60, 240 and 960 s",
            lesson=(
                "`job.number_of_retries` stays None with `enqueue(retry=…)`; whoever counts with it waits for the "
                "first wait again and again. The list of a `Retry` needs no counting."
            ),
        ),
        points=1,
    )
    for seen in stories:
        expect(
            seen.end.status == "failed",
            Finding(
                tried=tried,
                got=f"after the last attempt a job is {ended(seen.end)}",
                expected="failed",
                lesson=SEEN_BY_SOMEBODY,
            ),
            points=1,
        )


def why_not_five(seen: Followed) -> str:
    """What another number of attempts says."""
    if seen.attempts == 0:
        return "The provider never heard of the order: `shop.charge` has to be called with the order and the price."
    if seen.attempts == 1:
        return "A 503 may pass: only a ValueError is not worth another attempt."
    if seen.attempts == 6:
        return "`max` counts the retries, not the attempts: the first attempt is none of them."
    return "Five attempts in all: `max` counts the retries, and each is one call of the provider."


def judge_bad_price(seen: Followed, tried: str) -> None:
    """A price that cannot be read: failed after the first attempt. Worth the third point."""
    what, expected = 'the one with the price "nine euros" is ', "failed with ValueError, without a retry"
    if seen.waits and seen.end.status == "failed" and kind_of(seen.end) != "ValueError":
        expect(
            False,
            Finding(
                tried=tried,
                got=f"{what}tried again, after {seen.waits[0]}; the last time it is {ended(seen.end)}",
                expected=expected,
                lesson=(
                    "`charge` raises ValueError. If `on_failure` itself fails, RQ notes its error in place of the "
                    "job's, and goes on with the retries: it is called with five arguments (job, connection, type, "
                    "error, traceback)."
                ),
            ),
            points=2,
        )
    expect(
        not seen.waits,
        Finding(
            tried=tried,
            got=f"{what}tried again, after {seen.waits[0] if seen.waits else ''}",
            expected=expected,
            lesson=(
                'RQ retries every exception. "nine euros" will be no number in an hour either: `on_failure` is '
                "called after each failed attempt, and may take the retries that are left."
            ),
        ),
        points=2,
    )
    expect(
        seen.end.status == "failed" and kind_of(seen.end) == "ValueError",
        Finding(
            tried=tried,
            got=what + ended(seen.end),
            expected=expected,
            lesson="A permanent error is not retried, but it must be seen: in the failed job registry, with its "
            "own name.",
        ),
        points=2,
    )
