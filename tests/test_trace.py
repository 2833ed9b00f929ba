"""What Redis was asked to do: RQ's own counts, so that a new version of it shows; and nothing left afterwards."""

from __future__ import annotations

import html
import sys
import threading
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Repeat, Retry
from rq.command import send_shutdown_command

from tests.test_keys import HELD, work
from workbook.bench import wait_until
from workbook.view import trace
from workbook.view.phases import job_of, phase_of
from workbook.view.trace import parse

MODULES = {"held": HELD}


@pytest.fixture
def bench(emptied_bench):
    """A bench on a private server without a key, its client's connection warm."""
    Queue(connection=emptied_bench.redis).enqueue("math.sqrt", 4)  # the first asks for the server's version
    emptied_bench.redis.flushdb()
    return emptied_bench


def phases(seen, job):
    """The phases of a job's steps, in order."""
    return [step.phase for step in seen.steps if step.job == job]


# ---- RQ's counts


def test_an_enqueue_is_eight_commands_in_two_round_trips(redis, queue):
    with trace(redis) as seen:
        queue.enqueue("math.sqrt", 4, job_id="j")
    assert [command.name for command in seen.commands] == [
        "MULTI",
        "SADD",
        "EXEC",
        "MULTI",
        "HSET",
        "HSET",
        "RPUSH",
        "EXEC",
    ]
    assert (seen.count, seen.sent, seen.round_trips) == (8, 2, 2)
    assert [step.phase for step in seen.steps] == ["enqueue", "enqueue"]
    assert len(seen.of_job("j")) == 5


def test_a_job_more_costs_a_worker_57_commands_in_20_round_trips(redis, queue):
    def burst(jobs):
        redis.flushdb()  # a worker cleans groups every ten minutes, and looks after a dead one of its name
        queue.enqueue_many([Queue.prepare_data("math.sqrt", (4,)) for _ in range(jobs)])
        redis.config_resetstat()
        with trace(redis) as seen:
            work(queue)
        calls = {name: stat["calls"] for name, stat in redis.info("commandstats").items()}
        return seen, sum(calls.values())

    burst(1)  # opens the connections
    (one, calls_of_one), (two, calls_of_two) = burst(1), burst(2)
    assert two.count - one.count == 57
    assert two.sent - one.sent == 20
    assert one.round_trips >= one.sent
    # MONITOR shows, and the filter keeps, all that the server has counted.
    assert calls_of_two - calls_of_one == 57


def test_many_jobs_at_once_are_one_round_trip_although_the_server_reads_them_in_pieces(redis, queue):
    queue.enqueue("math.sqrt", 4)
    with trace(redis) as seen:
        queue.enqueue_many([Queue.prepare_data("math.sqrt", (number,)) for number in range(100)])
    assert (seen.count, seen.sent) == (303, 1)
    assert seen.round_trips >= 1
    assert {step.phase for step in seen.steps} == {"enqueue"}


@pytest.mark.parametrize(
    ("action", "count", "sent"),
    [
        (lambda queue: queue.enqueue_in(timedelta(minutes=1), "math.sqrt", 4, job_id="j"), 6, 1),
        (lambda queue: queue.enqueue("math.sqrt", 4, depends_on="parent", job_id="j"), 15, 5),
    ],
    ids=["enqueue_in", "depends_on"],
)
def test_other_ways_to_enqueue(redis, queue, action, count, sent):
    parent = queue.enqueue("math.sqrt", 4, job_id="parent")
    queue.enqueue("math.sqrt", 4, depends_on=parent)  # opens the second connection that this needs
    with trace(redis) as seen:
        action(queue)
    assert (seen.count, seen.sent, seen.round_trips) == (count, sent, sent)


# ---- phases and jobs


def test_the_life_of_a_job_is_told_in_phases(redis, queue):
    with trace(redis) as seen:
        queue.enqueue("math.sqrt", 4, job_id="j")
        work(queue)
    assert phases(seen, "j") == ["enqueue", "read", "lease", "start", "heartbeat", "dependents", "dependents", "end"]
    assert "take" in phases(seen, None)
    assert {"worker", "heartbeat", "maintenance"} <= {step.phase for step in seen.steps}
    assert "other" not in {step.phase for step in seen.steps}
    started = next(step for step in seen.steps if step.phase == "start")
    assert "status started" in " ".join(map(str, started.commands))


def test_a_retry_is_a_phase_and_so_is_the_wait_for_another_job(redis, queue):
    with trace(redis) as seen:
        queue.enqueue("math.sqrt", -1, job_id="j", retry=Retry(max=1))
        queue.enqueue("math.sqrt", 4, job_id="child", depends_on="j")
        work(queue)
    assert phases(seen, "j").count("start") == 2
    assert phases(seen, "j").count("retry") == 1
    assert phases(seen, "j").count("end") == 1
    assert "deferred" in phases(seen, "child")


def test_a_repeated_run_ends(redis, queue):
    queue.enqueue("math.sqrt", 4, job_id="j", repeat=Repeat(times=1, interval=60))
    with trace(redis) as seen:
        work(queue)
    assert phases(seen, "j")[-1] == "end"


def test_the_table_counts_by_job_and_phase_in_text_and_html(redis, queue):
    with trace(redis) as seen:
        queue.enqueue("math.sqrt", 4, job_id="j")
        redis.hget("rq:job:<b>", "status")
    assert repr(seen).splitlines() == [
        "9 commands; round trips: 3 by this client, 3 read by the server",
        "job  phase    commands  which",
        "---  -------  --------  --------------------------",
        "     enqueue  3         MULTI, SADD, EXEC",
        "j    enqueue  5         MULTI, HSET 2, RPUSH, EXEC",
        "<b>  read     1         HGET",
    ]
    page = seen._repr_html_()
    assert "<b>" not in page
    assert "<caption" in page
    assert "scope='col'" in page
    assert "MULTI, HSET 2, RPUSH, EXEC" in html.unescape(page)


def test_a_pattern_that_rq_does_not_write_is_a_phase_of_its_own():
    assert phase_of([("PUBLISH", "rq:novelty", "x")], "rq") == "other"
    assert phase_of([("PING",)], "rq") == "other"
    assert job_of([("GET", "rq:novelty")], "rq") is None
    assert job_of([("DEL", "rq:execution:j:e1")], "rq") == "j"
    assert job_of([("DEL", "rq:job::j:dependencies")], "rq") == "j"


# ---- who and what is seen


def test_other_clients_are_seen_and_their_requests_are_not_this_clients(bench, redis, queue):
    queue.enqueue("math.sqrt", 4, job_id="j")
    with trace(redis) as seen:
        assert bench.rq("worker --burst default").returncode == 0
    assert seen.sent == 0
    assert seen.round_trips > 20
    assert phases(seen, "j")[-1] == "end"
    assert "other" not in {step.phase for step in seen.steps}
    assert len({command.client for command in seen.commands}) > 1  # the worker and its work-horse


def test_only_the_clients_database_is_seen(bench, redis, queue):
    with Redis.from_url(bench.url.removesuffix("0") + "1") as other:
        Queue(connection=other).enqueue("math.sqrt", 4)
        with trace(redis) as here, trace(other) as there:
            Queue(connection=other).enqueue("math.sqrt", 4)
        other.flushdb()
    assert (here.count, there.count) == (0, 8)
    assert (here.sent, there.sent) == (0, 2)
    assert repr(here).startswith("0 commands; round trips: 0 by this client")


def test_only_keys_under_the_prefix_are_seen(redis, queue):
    with trace(redis) as seen, trace(redis, "app") as app:
        queue.enqueue("math.sqrt", 4)
        redis.set("session", 1)
        redis.set("rqx:1", 1)
        redis.hset("app:job:1", "status", "queued")
    assert seen.count == 8
    assert [str(command) for command in app.commands] == ["HSET app:job:1 status queued"]
    assert app.steps[0].job == "1"
    assert seen.sent == app.sent == 5


def test_what_a_script_does_is_part_of_its_call(redis, queue):
    queue.enqueue("math.sqrt", 4, job_id="first", unique=True)
    with trace(redis) as seen:
        queue.enqueue("math.sqrt", 4, job_id="j", unique=True)
    names = [command.name for command in seen.commands]
    assert names.count("EVALSHA") == 1
    assert all(command.client != "lua" for command in seen.commands)


def test_a_channel_is_seen(redis):
    with trace(redis) as seen:
        send_shutdown_command(redis, "w1")
    assert [(step.phase, step.commands[0].name) for step in seen.steps] == [("worker", "PUBLISH")]


def test_an_unwatch_belongs_to_its_watch(redis):
    with trace(redis) as seen:
        for key in ("rq:job:j:dependents", "session"):
            with redis.pipeline() as pipeline:
                pipeline.watch(key)
    assert [command.name for command in seen.commands] == ["WATCH", "UNWATCH"]


def test_words_are_told_byte_by_byte_as_they_were_sent(redis):
    odd = "".join(map(chr, range(128))) + 'é"\\x41'
    with trace(redis) as seen:
        redis.set("rq:novelty", odd)
        redis.set("rq:novelty", bytes(range(128, 256)))
    assert seen.commands[0].words == ("SET", "rq:novelty", odd)
    assert str(seen.commands[0]) == "SET rq:novelty …"
    assert seen.count == 2


@given(st.binary(max_size=80))
@settings(deadline=None)
def test_a_line_that_is_none_of_monitors_is_dropped(line):
    parse(line)
    parse(b'1.5 [0 a:1] "' + line)
    assert parse(b"OK") is None


def test_a_client_that_decodes_responses_can_be_given_too(bench):
    with Redis.from_url(bench.url, decode_responses=True) as client:
        with trace(client) as seen:
            client.set("rq:novelty", "é")
        assert client.get("rq:novelty") == "é"
    assert seen.commands[0].words == ("SET", "rq:novelty", "é")


# ---- the end


def connections(bench):
    """How many clients the server has."""
    return len(bench.redis.client_list())


def assert_nothing_left(bench, before):
    """No thread of a trace, and no more connections than before, as soon as the server has seen them end."""
    assert "trace" not in {thread.name for thread in threading.enumerate()}
    wait_until(lambda: connections(bench) <= before, 30, "the end of the trace's connections")


def test_nothing_is_left(bench, redis, queue):
    before = connections(bench)
    pool = redis.connection_pool
    with trace(redis), trace(redis):
        queue.enqueue("math.sqrt", 4)
    assert_nothing_left(bench, before)
    assert "get_connection" not in vars(pool)
    connection = pool.get_connection()
    assert "send_packed_command" not in vars(connection)
    pool.release(connection)


def test_a_trace_within_a_trace_counts_its_own(redis, queue):
    with trace(redis) as outer:
        queue.enqueue("math.sqrt", 4)
        with trace(redis) as inner:
            queue.enqueue("math.sqrt", 4)
        queue.enqueue("math.sqrt", 4)
    assert (outer.count, outer.sent) == (24, 6)
    assert (inner.count, inner.sent) == (8, 2)


def test_an_error_in_the_block_is_passed_on_and_what_was_seen_is_kept(bench, redis, queue):
    before = connections(bench)
    with pytest.raises(ZeroDivisionError), trace(redis) as seen:
        queue.enqueue("math.sqrt", 4)
        1 / 0  # noqa: B018
    assert (seen.count, seen.sent) == (8, 2)
    assert_nothing_left(bench, before)


@pytest.mark.parametrize("comes_back", [False, True])
def test_a_server_that_dies_ends_the_trace_with_what_was_seen(bench, comes_back):
    server = bench.private_server(f"mortal-{comes_back}")
    with Redis.from_url(server.url) as client:
        Queue(connection=client).enqueue("math.sqrt", 4)
        with trace(client) as seen:
            Queue(connection=client).enqueue("math.sqrt", 4, job_id="j")
            server.kill()
            if comes_back:
                server.start()
        assert seen.ended_early
        assert seen.round_trips is None
        assert (seen.count, seen.sent) == (8, 2)
        assert "The server went away; this is what was seen until then." in repr(seen)
    assert "trace" not in {thread.name for thread in threading.enumerate()}
    server.kill()


def test_a_server_that_is_not_there_is_an_error_of_redis_py_and_leaves_nothing(bench):
    server = bench.private_server("dead")
    server.kill()
    with Redis.from_url(server.url) as client, pytest.raises(RedisError), trace(client):
        pass
    assert "trace" not in {thread.name for thread in threading.enumerate()}


def test_a_quiet_time_does_not_end_a_trace(redis, queue, monkeypatch):
    monkeypatch.setattr(sys.modules["workbook.view.trace"], "ANSWER_SECONDS", 1)
    with trace(redis) as seen:
        redis.blpop("nothing", 1.2)
        queue.enqueue("math.sqrt", 4)
    assert not seen.ended_early
    assert seen.count == 8


def test_a_long_trace_loses_nothing(redis):
    with trace(redis) as seen, redis.pipeline(transaction=False) as pipeline:
        for number in range(20_000):
            pipeline.hset(f"rq:job:{number}", "status", "queued")
        pipeline.execute()
    assert seen.count == 20_000
    assert seen.sent == 1
