"""Where a text can be read in Redis: in plain, and folded, in every type of key."""

import base64
import pickle
import zlib

import pytest

from workbook.check.leaks import places_of, unfolded

MAIL = "ada@example.org"


@pytest.fixture
def bench(emptied_bench):
    """A bench on a private server without a key."""
    return emptied_bench


@pytest.mark.parametrize(
    ("put", "where"),
    [
        (lambda redis: redis.set(f"of:{MAIL}", 1), f"the name of the key of:{MAIL}"),
        (lambda redis: redis.set("k", f"to {MAIL}"), "k"),
        (lambda redis: redis.rpush("k", "x", MAIL), "k"),
        (lambda redis: redis.sadd("k", "x", MAIL), "k"),
        (lambda redis: redis.zadd("k", {MAIL: 1}), "k"),
        (lambda redis: redis.hset("k", mapping={"a": "x", "b": MAIL}), "`b` of k"),
        (lambda redis: redis.hset("k", MAIL, "x"), f"`{MAIL}` of k"),
        (lambda redis: redis.hset("k", "data", zlib.compress(pickle.dumps(("f", None, (MAIL,), {})))), "`data` of k"),
        (
            lambda redis: redis.xadd("k", {"return_value": base64.b64encode(pickle.dumps([MAIL]))}),
            "`return_value` of k",
        ),
        (lambda redis: redis.xadd("k", {"e": base64.b64encode(zlib.compress(MAIL.encode()))}), "`e` of k"),
    ],
)
def test_a_text_is_found_where_it_stands(redis, put, where):
    redis.set("other", "eda@example.org")
    assert places_of(redis, MAIL) == []
    put(redis)
    assert places_of(redis, MAIL) == [where]


def test_arguments_are_found_twice_in_a_job(redis, queue):
    job = queue.enqueue("builtins.print", MAIL)
    assert places_of(redis, MAIL) == [f"`data` of rq:job:{job.id}", f"`description` of rq:job:{job.id}"]


def test_what_unfolds_without_end_is_bounded():
    bomb = zlib.compress(bytes(50_000_000))
    assert max(map(len, unfolded(bomb))) <= 1 << 20
