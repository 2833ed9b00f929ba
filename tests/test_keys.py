"""Every key of RQ is known and shown, whatever state its jobs and workers are in, and looking changes nothing."""

from __future__ import annotations

import base64
import html
import os
import pickle
import re
import signal
import subprocess
import sys
import time
import zlib
from datetime import timedelta

import pytest
from redis import Redis
from rq import Callback, Queue, Repeat, Retry, SimpleWorker
from rq.command import send_stop_job_command
from rq.cron import CronScheduler
from rq.group import Group
from rq.intermediate_queue import IntermediateQueue
from rq.job import Job
from rq.rate_limit import RateLimit
from rq.registry import ReadyJobRegistry, StartedJobRegistry
from rq.scheduler import RQScheduler
from rq.serializers import JSONSerializer
from rq.suspension import suspend

from tests.test_payload import Poison
from workbook.bench import wait_until
from workbook.view import changes, keys, trace
from workbook.view.keyspace import PATTERNS, classify
from workbook.view.words import duration, score_in_words, to_bytes, to_text

HELD = """
import os
from redis import Redis

def hold(key):
    Redis.from_url(os.environ["RQ_REDIS_URL"]).blpop(key)
"""
READING = {"exists", "getrange", "hlen", "hscan", "llen", "lrange", "pttl", "scan", "scard", "sscan", "strlen", "time"}
READING |= {"type", "xlen", "xrevrange", "zcard", "zrange"}

MODULES = {"held": HELD}


@pytest.fixture
def bench(emptied_bench):
    """A bench on a private server without a key."""
    return emptied_bench


@pytest.fixture
def running(bench, queue):
    """A worker process with one job in hand, `job`, that runs until the key `go` has a member."""
    worker = bench.start_rq("worker default --name w1")
    job = queue.enqueue("held.hold", "go", job_id="held")
    wait_until(lambda: bench.redis.hget("rq:job:held", "status") == b"started", 20, "the start of the job")
    yield job
    bench.redis.rpush("go", 1)
    assert worker.stop() == 0


def work(queue):
    """Run what is in the queue by a SimpleWorker in this process; pytest's signal handlers are put back."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    worker = SimpleWorker([queue], connection=queue.connection, name="in-process", serializer=queue.serializer)
    worker.work(burst=True, logging_level="CRITICAL")
    for number, handler in handlers.items():
        signal.signal(number, handler)
    return worker


# ---- the situations: each brings RQ into a state and names the patterns that must be met in it

SITUATIONS = []


def situation(*templates):
    def add(function):
        SITUATIONS.append(pytest.param(function, set(templates), id=function.__name__))
        return function

    return add


@situation("job:{job}", "queue:{queue}", "queues")
def queued(queue):
    queue.enqueue("math.sqrt", 4)


@situation("job:{job}", "queue:{queue}")
def enqueued_many(queue):
    queue.enqueue_many([Queue.prepare_data("math.sqrt", (number,)) for number in range(5)])


@situation("job:{job}")
def with_meta_and_callbacks(queue):
    queue.enqueue("math.sqrt", 4, meta={"user": 7}, on_success=Callback("builtins.print"), description="a root", ttl=60)


@situation("job:{job}", "results:{job}", "finished:{queue}", "worker:{worker}", "clean_groups")
def finished(queue):
    queue.enqueue("math.sqrt", 4)
    work(queue)


@situation("job:{job}", "results:{job}", "failed:{queue}")
def failed(queue):
    queue.enqueue("math.sqrt", -1)
    work(queue)


@situation("scheduled:{queue}")
def retry_waiting(queue):
    queue.enqueue("math.sqrt", -1, retry=Retry(max=1, interval=60))
    work(queue)


@situation("results:{job}", "failed:{queue}")
def retried_at_once(queue):
    queue.enqueue("math.sqrt", -1, retry=Retry(max=2))
    work(queue)


@situation("results:{job}")
def results_of_several_runs(queue):
    job = queue.enqueue("math.sqrt", 4, repeat=Repeat(times=2, interval=0))
    work(queue)
    assert keys(queue.connection)[f"rq:results:{job.id}"].size == 3


@situation("scheduled:{queue}")
def scheduled(queue):
    queue.enqueue_in(timedelta(minutes=1), "math.sqrt", 4)


@situation("scheduled:{queue}", "finished:{queue}")
def repeating(queue):
    queue.enqueue("math.sqrt", 4, repeat=Repeat(times=2, interval=60))
    work(queue)


@situation("deferred:{queue}", "job:{job}:dependents", "job::{job}:dependencies")
def deferred(queue):
    queue.enqueue("math.sqrt", 4, depends_on=queue.enqueue("math.sqrt", 16))


@situation("ready:{queue}")
def ready(queue):
    # A worker that died between two steps leaves this.
    ReadyJobRegistry(queue=queue).add(queue.enqueue("math.sqrt", 4))


@situation("canceled:{queue}")
def canceled(queue):
    queue.enqueue("math.sqrt", 4).cancel()


@situation("job:{job}")
def unique(queue):
    queue.enqueue("math.sqrt", 4, job_id="once", unique=True)


@situation("rl-keys", "rl:{limit}", "rl:{limit}:allowed", "rl:{limit}:rate_limited")
def rate_limited(queue):
    for _ in range(2):
        queue.enqueue("math.sqrt", 4, rate_limit=RateLimit("mail:provider", 1))


@situation("groups", "group:{group}")
def grouped(queue):
    Group.create(queue.connection, "batch").enqueue_many(queue, [Queue.prepare_data("math.sqrt", (4,))])


@situation("suspended")
def suspended(queue):
    suspend(queue.connection, 60)


@situation("queue:{queue}:intermediate")
def taken(queue):
    queue.enqueue("math.sqrt", 4)
    queue.connection.lmove(queue.key, queue.intermediate_queue_key, "LEFT", "RIGHT")


@situation("queue:{queue}:intermediate", "queue:{queue}:intermediate:first_seen:{job}")
def taken_and_first_seen(queue):
    taken(queue)
    IntermediateQueue(queue.key, queue.connection).cleanup(None, queue)


@situation("queue:_compact:{token}")
def compacting(queue):
    # The list that Queue.compact makes by RENAME and takes apart again.
    queue.connection.rpush(f"{queue.redis_queue_namespace_prefix}_compact:3f2c", "a")


@situation("workers", "workers:{queue}", "worker:{worker}")
def worker_idle(queue):
    SimpleWorker([queue], connection=queue.connection, name="idle").register_birth()


@situation("worker:{worker}")
def worker_dead(queue):
    worker = SimpleWorker([queue], connection=queue.connection, name="dead")
    worker.register_birth()
    worker.register_death()


@situation("scheduler:{scheduler}", "scheduler-lock:{queue}")
def scheduler(queue):
    program = RQScheduler([queue], connection=queue.connection)
    program.acquire_locks()
    program.register_birth()


@situation("cron_schedulers", "cron_scheduler:{scheduler}", "cron_job:{cron}:jobs", "cron_jobs")
def cron(queue):
    program = CronScheduler(connection=queue.connection, name="clock")
    program.register(time.sleep, "default", args=(0,), interval=60, name="nap")
    program.register_birth()
    program.enqueue_jobs()


@situation("clean_registries:{queue}", "clean_groups")
def maintenance(queue):
    queue.acquire_maintenance_lock()
    Group.acquire_maintenance_lock(queue.connection, 600)


@situation("job:{job}", "results:{job}")
def json_serializer(queue):
    json_queue = Queue("json", connection=queue.connection, serializer=JSONSerializer)
    job = json_queue.enqueue("math.sqrt", 4)
    work(json_queue)
    assert keys(queue.connection)[f"rq:job:{job.id}"].content["data"] == "math.sqrt(4)"


@situation("queue:{queue}", "finished:{queue}", "queue:{queue}:intermediate")
def odd_names(queue):
    for name in ("a:b", "queue:x", "é"):
        other = Queue(name, connection=queue.connection)
        other.enqueue("math.sqrt", 4, job_id=f"of-{len(name)}")
        work(other)
        other.enqueue("math.sqrt", 4)
        taken(other)


@pytest.mark.parametrize(("bring_about", "expected"), SITUATIONS)
def test_no_key_of_rq_is_unknown(queue, bring_about, expected):
    bring_about(queue)
    table = keys(queue.connection)
    assert table.unknown == []
    assert {key.pattern.template for key in table.keys} >= expected
    assert [key.name for key in table.keys if key.remark] == []
    assert set(table.names) == {name.decode() for name in queue.connection.scan_iter()}
    for key in table.keys:  # the map is right about types
        assert queue.connection.type(key.name).decode() == key.pattern.type == key.type


RUNNING = {"wip:{queue}", "executions:{job}", "execution:{job}:{run}", "worker:{worker}:executions"}


def test_no_key_of_a_running_job_is_unknown_and_its_worker_is_busy(redis, running):
    table = keys(redis)
    assert table.unknown == []
    assert {key.pattern.template for key in table.keys} >= RUNNING
    assert table["rq:worker:w1"].content["state"] == "busy"
    assert table["rq:job:held"].content["status"] == "started"
    assert table["rq:job:held"].content["data"] == "held.hold('go')"
    [until] = table["rq:wip:default"].content.values()
    assert until.startswith("until in ")


def test_no_key_of_a_stopped_job_is_unknown(redis, running):
    send_stop_job_command(redis, "held")
    wait_until(lambda: redis.hget("rq:job:held", "status") == b"stopped", 20, "the stop of the job")
    table = keys(redis)
    assert table.unknown == []
    assert "rq:failed:default" in table.names


def test_every_pattern_of_the_map_is_met_in_a_situation():
    met = RUNNING.union(*(parameters.values[1] for parameters in SITUATIONS))
    assert met == {pattern.template for pattern in PATTERNS}
    assert len(SITUATIONS) >= 20


@pytest.mark.parametrize("prefix", ["app", "a.b:{c}"])
def test_rq_under_another_prefix_is_read_with_it(redis, queue, prefix):
    script = (
        "import os\nfrom redis import Redis\nfrom rq import Queue, Retry, SimpleWorker\n"
        "redis = Redis.from_url(os.environ['URL'])\nqueue = Queue(connection=redis)\n"
        "queue.enqueue('math.sqrt', 4)\nqueue.enqueue('math.sqrt', -1, retry=Retry(max=1, interval=60))\n"
        "queue.enqueue('math.sqrt', 4, depends_on=queue.enqueue('math.sqrt', -2))\n"
        "SimpleWorker([queue], connection=redis).work(burst=True, logging_level='CRITICAL')\n"
    )
    settings = redis.connection_pool.connection_kwargs
    url = f"redis://:{settings['password']}@{settings['host']}:{settings['port']}/0"
    subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, "URL": url, "RQ_KEY_PREFIX": prefix}, check=True, timeout=60
    )
    queued(queue)
    table = keys(redis, prefix)
    assert table.unknown == []
    assert {f"{prefix}:finished:default", f"{prefix}:scheduled:default"} <= set(table.names)
    assert table.others == 3
    assert len(keys(redis).names) == 3


# ---- what the table says


def test_a_job_is_shown_with_its_call_result_and_times_to_live(redis, queue):
    queue.enqueue("math.sqrt", 4, job_id="good", meta={"user": 7})
    queue.enqueue("math.sqrt", -1, job_id="bad")
    work(queue)
    table = keys(redis)
    assert list(table["rq:job:good"].content)[:2] == ["status", "data"]
    assert table["rq:job:good"].content["data"] == "math.sqrt(4)"
    assert table["rq:job:good"].content["meta"] == "{'user': 7}"
    assert 400 < table["rq:job:good"].ttl <= 500
    [result] = table["rq:results:good"].content.values()
    assert result == "type successful; return_value 2.0; worker_name in-process"
    [result] = table["rq:results:bad"].content.values()
    assert result.startswith("type failed; exc_string ValueError: ")
    assert table["rq:results:bad"].ttl is None
    assert table["rq:queues"].content == {"rq:queue:default": ""}
    said = repr(table)
    for words in ("math.sqrt(4)", "never", "9 min", "2.0", "ValueError", "every queue that was ever used", "1 member"):
        assert words in said


def test_a_job_that_stands_twice_in_a_queue_is_said_to(redis):
    redis.rpush("rq:queue:default", "a", "b", "a")
    assert keys(redis)["rq:queue:default"].content == {"a": "2 times", "b": ""}


def test_text_and_html_say_the_same(redis, queue):
    failed(queue)
    table = keys(redis)
    page = table._repr_html_()
    plain = html.unescape(re.sub(r"<[^>]*>", " ", page))
    text = " ".join(repr(table).split())
    for cell in [table.table().caption, *(cell for row in table.table().rows for cell in row)]:
        for word in " ".join(cell.split()).split():
            assert word in plain
            assert word in text or word[:20] in text  # long words are broken to fit
    assert page.count("<caption") == 1
    assert page.count("scope='col'") == 6
    assert page.count("scope='row'") == len(table.keys)


def test_what_stands_in_redis_is_escaped(redis):
    bad = "<script>alert('x')</script>"
    redis.hset(
        f"rq:job:{bad}", mapping={"status": bad, "data": zlib.compress(pickle.dumps((bad, None, (bad,), {bad: bad})))}
    )
    redis.rpush("rq:queue:default", bad)
    redis.set(f"rq:{bad}", bad)
    for shown in (keys(redis), changes(keys(redis, "none"), keys(redis))):
        assert "<script" not in shown._repr_html_()
        assert "&lt;script&gt;" in shown._repr_html_()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (0.2, "1 s"), (500, "9 min"), (90, "90 s"), (7300, "3 h"), (31536000, "365 days")],
)
def test_times_are_said_as_a_person_would(seconds, said):
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("score", "kind", "said"),
    [
        (1010, "until", "until in 10 s"),
        (990, "until", "until 10 s ago"),
        (1010, "due", "due in 10 s"),
        (990, "since", "10 s ago"),
        (1010, "since", "0 s ago"),
        (float("inf"), "until", "for ever"),
        (3, "", "3"),
    ],
)
def test_scores_are_said_as_moments(score, kind, said):
    assert score_in_words(score, kind, 1000) == said


# ---- what is not RQ's, or not as RQ writes it


def test_a_key_that_nobody_knows_is_unknown_and_shown_last(redis, queue):
    queued(queue)
    redis.set("rq:novelty", "x")
    redis.hset("rq:nobody:knows", "field", "value")
    table = keys(redis)
    assert table.unknown == ["rq:nobody:knows", "rq:novelty"]
    assert [key.name for key in table.keys][-2:] == table.unknown
    assert table["rq:novelty"].content == {"": "x"}
    assert table["rq:nobody:knows"].size_in_words == "1 field"
    assert "Not written by RQ 3.0.0, by its name: rq:nobody:knows, rq:novelty." in repr(table)


def test_keys_of_other_programs_are_counted_and_not_shown(redis, queue):
    queued(queue)
    redis.mset({"rqx:1": 1, "session": 2, b"\xff\xfe": 3, "rq": 4})
    table = keys(redis)
    assert table.others == 4
    assert len(table.names) == 3
    assert "Keys of other programs in this database, not shown: 4." in repr(table)
    assert "session" not in repr(table)


def test_an_empty_database_is_an_empty_table(redis):
    table = keys(redis)
    assert (table.names, table.keys, table.unknown, table.others) == ([], [], [], 0)
    assert repr(table).startswith("0 keys under rq:")
    assert "<caption" in table._repr_html_()


def filled(pattern):
    """A key of a pattern."""
    return "rq:" + re.sub(r"\{(\w+)\}", r"\1-1", pattern.template)


def write(redis, name, kind):
    """A key of some type, with binary content."""
    odd = b"\xff\x00\x1b[31m"
    {
        "string": lambda: redis.set(name, odd),
        "list": lambda: redis.rpush(name, odd, b""),
        "set": lambda: redis.sadd(name, odd, b""),
        "zset": lambda: redis.zadd(name, {odd: float("inf"), b"": -1e300, b"x": float("-inf")}),
        "hash": lambda: redis.hset(name, mapping={odd: odd, "data": odd, "status": odd, "": odd}),
        "stream": lambda: redis.xadd(name, {odd: odd, "type": odd, "return_value": odd, "exc_string": odd}),
    }[kind]()


KINDS = ("string", "list", "set", "zset", "hash", "stream")


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_type_and_content_a_key_has_it_is_shown_or_said(redis, kind):
    for pattern in PATTERNS:
        write(redis, filled(pattern), kind)
    write(redis, "rq:novelty", kind)
    table = keys(redis)
    assert table.unknown == ["rq:novelty"]
    for key in table.keys[:-1]:
        if key.pattern.type == kind:
            assert not key.remark
        else:
            assert key.remark == f"not a {key.pattern.type}, which RQ writes here"
    assert table["rq:novelty"].type == kind
    assert_printable(table)


def assert_printable(table):
    """Nothing of it is obeyed by a terminal or refused by an encoder."""
    for text in (repr(table), table._repr_html_()):
        text.encode()
        assert all(line.isprintable() for line in text.splitlines())


def test_every_pattern_knows_its_own_keys():
    for pattern in PATTERNS:
        assert classify(filled(pattern)) is pattern
        assert classify("a:b" + filled(pattern)[2:], "a:b") is pattern
        assert classify(filled(pattern).replace("rq:", "rq:x", 1)) is None


def test_binary_names_are_read_by_their_exact_bytes(redis):
    for name in (b"rq:job:\xff\xfe", b"rq:job:\x1b[31m", b"rq:\xff", b"rq:", "rq:job:é".encode()):
        redis.hset(name, "status", "queued")
    table = keys(redis)
    assert all(key.content == {"status": "queued"} for key in table.keys)
    assert len(table.keys) == 5
    assert to_bytes(to_text(b"\xff\xfe")) == b"\xff\xfe"
    assert_printable(table)
    assert_printable(changes(keys(redis, "none"), table))


@pytest.mark.parametrize("fields", [{"status": "queued"}, {"origin": "x"}, {"data": ""}, {"data": b"\x80\x04."}])
def test_a_job_with_missing_fields_is_shown(redis, fields):
    redis.hset("rq:job:odd", mapping=fields)
    assert not keys(redis)["rq:job:odd"].remark


def test_a_poisoned_job_is_shown_and_not_run(redis, tmp_path):
    proof = tmp_path / "proof"
    poison = pickle.dumps(Poison(proof))
    call = zlib.compress(pickle.dumps(("a.b", Poison(proof), (Poison(proof),), {})))
    redis.hset("rq:job:poisoned", mapping={"status": "queued", "data": call, "meta": poison, "exc_info": poison})
    redis.xadd("rq:results:poisoned", {"type": 1, "return_value": base64.b64encode(poison)})
    table = keys(redis)
    assert "Path.touch object>" in table["rq:job:poisoned"].content["data"]
    assert "Path.touch object>" in table["rq:job:poisoned"].content["meta"]
    assert "Path.touch object>" in repr(table)
    assert not proof.exists()


class Meddling(Redis):
    """A client that lets something happen between SCAN and reading."""

    happens = None

    def pipeline(self, *args, **kwargs):
        if self.happens:
            happens, self.happens = self.happens, None
            happens()
        return super().pipeline(*args, **kwargs)


def test_a_key_that_goes_or_changes_while_it_is_read_has_a_remark(redis, queue):
    for number in range(3):
        queue.enqueue("math.sqrt", number, job_id=f"j{number}")
    redis.set("rq:novelty", 1)
    redis.set("rq:suspended", 1)
    client = Meddling(connection_pool=redis.connection_pool)

    def happens():
        redis.pexpireat("rq:job:j0", 1)
        redis.delete("rq:queues", "rq:novelty", "rq:job:j1", "rq:suspended")
        redis.set("rq:job:j1", "x")

    client.happens = happens
    table = keys(client)
    assert table["rq:job:j0"].remark == table["rq:queues"].remark == "gone while it was read"
    assert table["rq:novelty"].remark == table["rq:suspended"].remark == "gone while it was read"
    assert table["rq:job:j1"].remark == "not a hash, which RQ writes here"
    assert table["rq:job:j2"].content["status"] == "queued"
    assert "gone while it was read" in repr(table)


# ---- many keys


def test_a_hundred_thousand_jobs_are_answered_in_pages_of_a_hundred(redis):
    redis.eval(
        "for n = 1, 100000 do redis.call('HSET', string.format('rq:job:%06d', n), 'status', 'queued') "
        "redis.call('RPUSH', 'rq:queue:default', string.format('%06d', n)) end",
        0,
    )
    began = time.process_time()
    table = keys(redis)
    said = repr(table), table._repr_html_()
    assert time.process_time() - began < 5  # about one here; see benchmarks/bench_view.py
    assert len(table.names) == 100_001
    assert [key.name for key in table.keys] == [f"rq:job:{number:06}" for number in range(1, 101)]
    assert all(len(text) < 200_000 for text in said)
    assert "The next page: keys(redis, page=2)." in said[0]
    last = keys(redis, page=1001)
    assert [key.name for key in last.keys] == ["rq:queue:default"]
    assert last["rq:queue:default"].size_in_words == "100000 ids"
    assert last["rq:queue:default"].content_in_words == "000001\n000002\n000003\n000004\n000005\n…"
    assert "100001 to 100001 shown" in repr(last)
    assert keys(redis, page=1002).keys == []
    assert keys(redis, page=0).keys == table.keys


def test_a_cell_is_short_whatever_it_holds(redis):
    redis.hset("rq:job:wide", mapping={f"field-{number}" * 30: "x" * 10_000 for number in range(2000)})
    redis.sadd("rq:queues", *("x" * 5000 + str(number) for number in range(1000)))
    redis.set("rq:suspended", "x" * 1_000_000)
    for key in keys(redis).keys:
        assert len(key.content_in_words) < 6000
        assert key.content_in_words.endswith("…")


def test_a_page_is_one_round_trip_after_the_names(redis, queue):
    for bring_about in (failed, deferred, rate_limited, cron):
        bring_about(queue)
    with trace(redis) as seen:
        keys(redis)
    assert seen.sent == 2  # SCAN, and a pipeline
    redis.set("rq:novelty", 1)
    with trace(redis) as seen:
        keys(redis)
    assert seen.sent == 3  # another to learn the types


# ---- reading changes nothing


def test_reading_changes_nothing_where_rqs_own_count_does(redis, queue):
    for bring_about in (failed, deferred, rate_limited, cron, taken, scheduler, worker_idle, canceled):
        bring_about(queue)
    # A run whose worker died: its lease has run out.
    job = queue.enqueue("math.sqrt", 4, job_id="abandoned")
    job.set_status("started")
    redis.zadd("rq:wip:default", {f"{job.id}:e1": 1})
    redis.set("rq:novelty", 1)

    def state():
        return {name: (redis.dump(name), redis.pttl(name) == -1) for name in redis.scan_iter()}

    before = state()
    redis.config_resetstat()
    repr(keys(redis)), keys(redis)._repr_html_()
    used = {name.removeprefix("cmdstat_") for name in redis.info("commandstats")}
    assert used - {"config|resetstat", "info"} <= READING
    assert state() == before
    assert StartedJobRegistry(queue=queue).count == 0
    assert redis.zcard("rq:wip:default") == 0  # gone, by a question
    assert Job.fetch("abandoned", redis).get_status() == "failed"


def test_a_client_that_decodes_responses_can_be_given_too_and_leaves_no_connection(bench, queue):
    failed(queue)
    with Redis.from_url(bench.url, decode_responses=True) as client:
        client.ping()
        before = len(bench.redis.client_list())
        table = keys(client)
        wait_until(lambda: len(bench.redis.client_list()) <= before, 30, "the end of its connections")
    plain = keys(bench.redis)
    assert [(key.name, key.content) for key in table.keys if key.type == "hash"] == [
        (key.name, key.content) for key in plain.keys if key.type == "hash"
    ]


# ---- changes


def test_changes_tell_what_an_enqueue_and_a_run_did(redis, queue):
    empty = keys(redis)
    queue.enqueue("math.sqrt", 4, job_id="j")
    waiting = keys(redis)
    work(queue)
    done = keys(redis)
    first = changes(empty, waiting)
    assert first.added == ["rq:job:j", "rq:queues", "rq:queue:default"]
    assert (first.removed, first.changed) == ([], {})
    second = changes(waiting, done)
    assert second.removed == ["rq:queue:default"]
    assert {"rq:results:j", "rq:finished:default"} <= set(second.added)
    told = second.changed["rq:job:j"]
    assert "status: queued → finished" in told
    assert "expires in: never → 9 min" in told
    assert "+ worker_name: in-process" in told
    assert repr(first).startswith("3 keys added, 0 changed, 0 removed")
    for words in ("status: queued → finished", "removed", "(expires in 9 min)"):
        assert words in repr(second)
        assert words in html.unescape(second._repr_html_())


def test_nothing_changed_is_said(redis, queue):
    failed(queue)
    assert repr(changes(keys(redis), keys(redis))).startswith("0 keys added, 0 changed, 0 removed")


def test_members_that_come_and_go_are_changes_and_the_passing_of_time_is_none(redis):
    redis.rpush("rq:queue:default", "a", "b")
    redis.zadd("rq:scheduled:default", {"a": 1, "b": 2})
    redis.sadd("rq:queues", "rq:queue:a")
    redis.set("rq:suspended", 1, ex=100)
    before = keys(redis)
    redis.lpop("rq:queue:default")
    redis.rpush("rq:queue:default", "c", "b")
    redis.zadd("rq:scheduled:default", {"a": 99, "c": 3})
    redis.zrem("rq:scheduled:default", "b")
    redis.sadd("rq:queues", "rq:queue:b")
    redis.expire("rq:suspended", 50)
    changed = changes(before, keys(redis)).changed
    assert changed.keys() == {"rq:queues", "rq:queue:default", "rq:scheduled:default"}
    assert changed["rq:queues"] == ["+ rq:queue:b"]
    assert changed["rq:queue:default"] == ["b: once → 2 times", "+ c", "- a"]
    assert [line[:4] for line in changed["rq:scheduled:default"]] == ["+ c:", "- b:"]


def test_a_key_that_was_made_anew_as_another_type_is_changed(redis):
    redis.rpush("rq:novelty", "a")
    before = keys(redis)
    redis.delete("rq:novelty")
    redis.set("rq:novelty", "a")
    assert changes(before, keys(redis)).changed == {"rq:novelty": ["list → string"]}


def test_changes_beyond_a_page_are_counted_and_said_to_be_cut(redis):
    for number in range(150):
        redis.hset(f"rq:job:a{number:03}", "status", "queued")
    before = keys(redis)
    for number in range(150):
        redis.hset(f"rq:job:b{number:03}", "status", "queued")
    redis.rpush("rq:queue:default", *range(200))
    found = changes(before, keys(redis))
    assert len(found.added) == 151
    assert found.compared == 100
    said = repr(found)
    assert "The first 100 of 151 changes are shown." in said
    assert "of 150 keys that are in both, the content of 100 was compared." in said
    assert "not on the page" in said


def test_a_list_longer_than_what_is_read_changes_by_its_size(redis):
    redis.rpush("rq:queue:default", *range(200))
    before = keys(redis)
    redis.rpush("rq:queue:default", "last")
    assert changes(before, keys(redis)).changed == {"rq:queue:default": ["200 ids → 201 ids"]}
