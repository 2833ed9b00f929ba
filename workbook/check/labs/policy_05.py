"""The judges of lab 05, q4 and q5: a policy with backoff and jitter, and a test that tells good ones from bad ones."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from workbook.bench.box import QUEUE, Box, Given
from workbook.check.evidence import places
from workbook.check.labs.payments_05 import SEEN_BY_SOMEBODY, kind_of, shown
from workbook.check.labs.retries import Followed, follow, plural, ran_in_scene, set_scene
from workbook.check.outcome import Outcome, expect, right

LIMITS = (15, 60, 240, 960)
DRAWS = 1000
PROMISE = "four whole numbers, from 1 to 15, 60, 240 and 960"
TOGETHER = "Jobs that fail in the same moment come back in the same moment, to a provider that has just got up."


# ---- q4


def judge_q4(box: Box, rng: Random) -> Outcome:
    """First the function alone, drawn many times; then jobs that fail as long as they are tried, and one bad price."""
    set_scene(box)
    judge_waits(box)
    orders = [f"order-{rng.randrange(10**9)}" for _ in range(3)]
    bad = f"bad-{rng.randrange(10**9)}"
    rows = [[order, "9.50"] for order in orders] + [[bad, "nine euros"]]
    box.provider.set(down=True)
    tried = (
        '`enqueue_renewal` for three orders while the provider is down and for one with the price "nine euros", '
        "then workers whenever an attempt was due"
    )
    ids = ran_in_scene(
        box.call("scene.call_each", Given("function", "billing.enqueue_renewal"), QUEUE, rows), tried
    ).value
    queued = places(box.redis).queued
    expect(
        isinstance(ids, list) and len(queued) == len(rows) and list(queued) == ids,
        tried, f"it returned {ids!r}, and {plural(len(queued), 'job')} waited in the queue"[:300],
        "one job a call in the queue, its id returned", "The caller keeps the id to ask for the job later.", 1,
    )  # fmt: skip
    *stories, spoilt = follow(box, dict(zip(ids, [*orders, bad], strict=True)), tried).values()
    expect(
        set(places(box.redis).scheduled) <= set(ids),
        tried, "another job was scheduled than those whose ids were returned", "the same job, tried again",
        "Whoever holds the id sees a job that has finished, while its payment waits in another one.", 1,
    )  # fmt: skip
    judge_attempts(stories, tried)
    judge_bad_price(spoilt, tried)
    return right(
        3, f'`waits()`, {DRAWS} times; three orders while the provider is down, and one with the price "nine euros"'
    )


def judge_waits(box: Box) -> None:
    """`waits` alone: plain data, whose form and spread are compared with the promise."""
    tried = f"`waits()`, {DRAWS} times"
    drawn = ran_in_scene(box.call("scene.draw", Given("function", "billing.waits"), DRAWS), tried).value
    lesson = "RQ takes a list with one wait for each retry."
    for one in drawn:
        expect(isinstance(one, list), tried, f"it returned {one!r}"[:200], f"a list of {PROMISE}", lesson)
        expect(
            len(one) == 4, tried, f"a list of {plural(len(one), 'wait')}: {one}"[:200], PROMISE,
            "Five attempts have four waits between them. RQ reads the list from its end, and repeats the first wait of "
            "one that is too short.",
        )  # fmt: skip
        expect(
            all(type(wait) is int for wait in one), tried, f"{one}"[:200], PROMISE,
            "RQ cuts due times to whole seconds: a wait of 0.7 s is none.",
        )  # fmt: skip
    columns = list(zip(*drawn, strict=True))
    expect(
        all(min(column) >= 1 for column in columns), tried, f"waits of {min(map(min, columns))} s", PROMISE,
        "RQ takes 0 for no wait: the job goes straight back into the queue, and an attempt is lost.",
    )  # fmt: skip
    spread = "the longest of each: " + ", ".join(str(max(column)) for column in columns)
    expect(
        all(max(column) <= limit for column, limit in zip(columns, LIMITS, strict=True)),
        tried, spread, PROMISE, why_too_long(columns),
    )  # fmt: skip
    expect(
        len(set(map(tuple, drawn))) > 1, tried, f"{drawn[0]}, each time", "other numbers at each call",
        TOGETHER + " The dice must be thrown anew in each call.",
    )  # fmt: skip
    expect(
        all(max(column) > limit / 2 for column, limit in zip(columns, LIMITS, strict=True)), tried, spread, PROMISE,
        "Without growth all attempts are gone before the provider is back: each limit is four times the one before.",
    )  # fmt: skip
    expect(
        all(min(column) <= limit / 4 for column, limit in zip(columns, LIMITS, strict=True)),
        tried, "the shortest of each: " + ", ".join(str(min(column)) for column in columns), PROMISE,
        "Full jitter draws from the whole range. A wait with a little chance on top keeps the crowd together.",
    )  # fmt: skip
    averages = [sum(column) / DRAWS for column in columns]
    expect(
        all(abs(mean - limit / 2) <= limit / 10 for mean, limit in zip(averages, LIMITS, strict=True)),
        tried, "the average of each: " + ", ".join(f"{mean:.0f}" for mean in averages),
        PROMISE + ", all equally likely", "A limit grows four times, not the wait that happened to be drawn.",
    )  # fmt: skip


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
        expect(seen.attempts == 5, tried, str(seen), "5 attempts of each of the three orders", why_not_five(seen), 1)
        for wait, limit in zip(seen.waits, LIMITS, strict=False):
            expect(
                wait.high >= 1, tried, str(seen), "no retry without a wait",
                "A retry without an interval goes straight back into the queue, and its attempt is lost.", 1,
            )  # fmt: skip
            expect(
                wait.low <= limit, tried, str(seen), f"waits of at most {', '.join(map(str, LIMITS))} s",
                "The job does not wait what `waits()` says, or not in that order.", 1,
            )  # fmt: skip
    got = "; ".join(str(seen) for seen in stories)
    expect(
        not all(
            one.overlaps(other)
            for seen in stories[1:]
            for one, other in zip(seen.waits, stories[0].waits, strict=False)
        ),
        tried, got, "other waits for each job", TOGETHER + " Call `waits()` for each job.", 1,
    )  # fmt: skip
    expect(
        any(wait.low > LIMITS[0] for seen in stories for wait in seen.waits[2:]), tried, got,
        "limits that grow: 15, 60, 240 and 960 s",
        "`job.number_of_retries` stays None with `enqueue(retry=…)`; whoever counts with it waits for the first wait "
        "again and again. The list of a `Retry` needs no counting.", 1,
    )  # fmt: skip
    for seen in stories:
        expect(
            seen.end.status == "failed", tried, f"after the last attempt a job is {shown(seen.end)}", "failed",
            SEEN_BY_SOMEBODY, 1,
        )  # fmt: skip


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
    expect(
        not seen.waits, tried, f"{what}tried again, after {seen.waits[0] if seen.waits else ''}", expected,
        'RQ retries every exception. "nine euros" will be no number in an hour either: `on_failure` is called after '
        "each failed attempt, and may take the retries that are left.", 2,
    )  # fmt: skip
    expect(
        seen.end.status == "failed" and kind_of(seen.end) == "ValueError", tried, what + shown(seen.end), expected,
        "A permanent error is not retried, but it must be seen: in the failed job registry, with its own name.", 2,
    )  # fmt: skip


# ---- q5

# Each is a module with `waits`: the first two keep the promise of q4.
GOOD = (
    "import random\ndef waits():\n    return [random.randint(1, 15 * 4**n) for n in range(4)]\n",
    "import random\ndice = random.SystemRandom()\ndef waits():\n"
    "    return [1 + int(dice.random() * top) for top in (15, 60, 240, 960)]\n",
)
MUTANTS = {
    "has the longest wait first": "return [random.randint(1, 15 * 4**n) for n in (3, 2, 1, 0)]",
    "has a wait too few": "return [random.randint(1, 15 * 4**n) for n in range(3)]",
    "may wait 0 seconds": "return [random.randint(0, 15 * 4**n) for n in range(4)]",
    "draws once, for all jobs": "return ONCE",
    "never grows": "return [random.randint(1, 15) for n in range(4)]",
    "counts a retry twice": "return [random.randint(1, 15 * 4 ** (2 * n)) for n in range(4)]",
}
HEAD = "import random\nONCE = [9, 41, 163, 702]\ndef waits():\n    "
EACH = 0.5
GOOD_RUNS, MUTANT_RUNS = 20, 3
WHY_SURVIVED = {
    "has the longest wait first": "Each of the four waits has a limit of its own. Compare one by one.",
    "has a wait too few": "RQ repeats the first wait of a list that is too short, and says nothing.",
    "may wait 0 seconds": "It does so once in a while only. RQ takes 0 for no wait, and an attempt is lost.",
    "draws once, for all jobs": TOGETHER + " Each list looks good; only two calls show it.",
    "never grows": "Every wait is within its limit, but the long ones never come. What would a thousand draws reach?",
    "counts a retry twice": "Its limits are 15, 240, 3840 and 61440 seconds: the last wait may take 17 hours.",
}


def judge_q5(box: Box, rng: Random) -> Outcome:
    """The test runs on two good functions, many times, then on six bad ones, each in a process of its own."""
    set_scene(box)
    names = [f"policy_{rng.randrange(10**9)}" for _ in range(len(GOOD) + len(MUTANTS))]
    texts = [*GOOD, *(f"{HEAD}{body}\n" for body in MUTANTS.values())]
    box.put({f"{name}.py": text for name, text in zip(names, texts, strict=True)})
    for name in names[: len(GOOD)]:
        judge_on_good(run_test(box, name, GOOD_RUNS), GOOD_RUNS)
    caught = [run_test(box, name, MUTANT_RUNS)["failed"] == MUTANT_RUNS for name in names[len(GOOD) :]]
    return scored(caught)


def run_test(box: Box, name: str, times: int) -> dict[str, Any]:
    """Run the learner's test on one function so many times."""
    tried = "`test_waits` with a function `waits`"
    test, subject = Given("function", "waits_test.test_waits"), Given("function", f"{name}.waits")
    found = ran_in_scene(box.call("scene.failures", test, subject, times), tried).value
    return found if isinstance(found, dict) else {"failed": times, "text": "", "returned": "None"}


def judge_on_good(found: dict[str, Any], times: int) -> None:
    """A test that fails what is good is of no use."""
    tried, expected = "`test_waits` with a good function, several times", "it passes each time"
    failed = found["failed"]
    text = f", with {found['text']}" if found["text"] else ""
    expect(
        failed in (0, times), tried, f"it failed {failed} times of {times}{text}", expected,
        "A test that fails now and then is soon ignored. Call `waits` more often, or ask for less than the likely.",
    )  # fmt: skip
    expect(
        failed == 0, tried, f"it failed{text}", expected,
        "Test what is promised (whole seconds from 1 to the limits, anew at each call), not how one function does it, "
        "and nothing that a thousand draws need not show.",
    )  # fmt: skip


def scored(caught: Sequence[bool]) -> Outcome:
    """Half a point for each bad function that was caught."""
    number, survivors = sum(caught), [name for name, was in zip(MUTANTS, caught, strict=True) if not was]
    tried = "`test_waits` with good functions and with six bad ones"
    if survivors:
        got = f"passed the good ones, caught {number} of {len(MUTANTS)}; survivor: {survivors[0]}"
        lesson = WHY_SURVIVED[survivors[0]]
        if number == 0:
            lesson = (
                "Does it call the function that it was given, and does it `assert`? A test speaks by raising: what it "
                "prints or returns is not looked at."
            )
        expect(False, tried, got, f"caught {len(MUTANTS)} of {len(MUTANTS)}", lesson, EACH * number)
    return right(EACH * number, f"{tried}: passed the good ones, caught {number} of {len(MUTANTS)}")
