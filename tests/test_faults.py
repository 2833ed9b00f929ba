"""The fault tools: a payment provider that kills its caller, time that passes at once, a worker with short leases."""

from datetime import timedelta
from types import SimpleNamespace

import httpx
import pytest
from redis import Redis
from rq import Queue, Retry
from rq.job import Job

from workbook.bench import BenchError, wait_until
from workbook.bench.short_lease import LEASE_SECONDS, OPTIONS

SHOP = """
import os
import httpx

def charge(order, key=None):
    with httpx.Client(transport=httpx.HTTPTransport(uds=os.environ["PAYMENTS"]), base_url="http://payments") as client:
        headers = {"Idempotency-Key": key} if key else {}
        client.post("/charges", json={"order": order}, headers=headers, timeout=20).raise_for_status()
"""


MODULES = {"shop": SHOP}


@pytest.fixture
def shop(module_bench, payments, request):
    """The module's bench and its provider with nothing planned, and a queue of the test's own."""
    payments.plan()
    payments.set()
    name = request.node.name.translate(str.maketrans("[] ", "---"))
    queue = Queue(name, connection=module_bench.redis)
    return SimpleNamespace(bench=module_bench, redis=module_bench.redis, payments=payments, queue=queue)


def charge_in_a_job(shop, order, key=None, **options):
    """Run one charge by burst workers until the job has ended or nobody has it; returns the job."""
    job = shop.queue.enqueue("shop.charge", order, key, **options)
    shop.bench.rq(f"worker --burst {shop.queue.name}")
    return job


@pytest.mark.parametrize(
    ("fault", "ends", "booked", "outcomes"),
    [
        ("", "finished", 1, ["booked"]),
        ("503", "finished", 1, ["503", "booked"]),
        ("kill before booking", "finished", 1, ["killed before booking", "booked"]),
        ("kill after booking", "finished", 2, ["booked", "booked"]),
        ("lose the answer", "finished", 2, ["booked", "booked"]),
    ],
)
def test_a_charge_with_one_retry_meets_one_fault(shop, fault, ends, booked, outcomes):
    order, before = f"order {fault}", len(shop.payments.calls)
    shop.payments.plan(fault)
    job = charge_in_a_job(shop, order, retry=Retry(max=1))
    assert job.get_status() == ends
    assert shop.payments.booked[order] == booked
    assert [call.outcome for call in shop.payments.calls[before:]] == outcomes


def test_the_receivers_key_makes_the_second_call_harmless(shop):
    before = len(shop.payments.calls)
    shop.payments.plan("kill after booking")
    job = charge_in_a_job(shop, "keyed", "keyed", retry=Retry(max=1))
    assert job.get_status() == "finished"
    assert shop.payments.booked["keyed"] == 1
    assert [call.outcome for call in shop.payments.calls[before:]] == ["booked", "known key"]


def test_a_key_of_another_order_is_refused(shop):
    charge_in_a_job(shop, "one", "shared")
    assert charge_in_a_job(shop, "two", "shared").get_status() == "failed"
    assert shop.payments.booked["two"] == 0


def test_a_killed_work_horse_is_noticed_by_its_worker(shop):
    shop.payments.plan("kill before booking")
    job = charge_in_a_job(shop, "lost")
    assert job.get_status() == "failed"
    assert "waitpid returned 9" in job.latest_result().exc_string


def test_a_provider_that_is_down_answers_503_until_it_is_up(shop):
    shop.payments.set(down=True)
    assert charge_in_a_job(shop, "down").get_status() == "failed"
    shop.payments.set(down=False)
    assert charge_in_a_job(shop, "down").get_status() == "finished"
    assert shop.payments.booked["down"] == 1


def test_a_charge_hangs_until_it_is_released(shop):
    shop.payments.plan("hang")
    job = shop.queue.enqueue("shop.charge", "hung")
    worker = shop.bench.start_rq(f"worker {shop.queue.name}")
    wait_until(lambda: any(call.order == "hung" for call in shop.payments.calls), what="the call")
    assert shop.payments.calls[-1].outcome == "waits"
    shop.payments.release()
    wait_until(lambda: job.is_finished, what="the end of the job")
    worker.stop()
    assert shop.payments.booked["hung"] == 1


def test_a_job_times_out_in_its_call_whatever_its_limit_and_is_not_booked(shop):
    shop.payments.plan("job times out")
    job = charge_in_a_job(shop, "timed-out", job_timeout=500)
    assert job.get_status() == "failed"
    assert "JobTimeoutException: Task exceeded maximum timeout value (500 seconds)" in job.latest_result().exc_string
    wait_until(lambda: shop.payments.calls[-1].outcome == "the caller gave up", what="the caller's end")
    assert shop.payments.booked["timed-out"] == 0


def test_kill_worker_leaves_its_work_horse_to_finish(shop):
    shop.payments.plan("kill worker")
    job = shop.queue.enqueue("shop.charge", "orphan")
    worker = shop.bench.start_rq(f"worker {shop.queue.name}")
    assert worker.wait() == -9
    wait_until(lambda: job.is_finished, what="the end of the job in the orphaned work-horse")
    assert shop.payments.booked["orphan"] == 1


@pytest.mark.parametrize(("moment", "booked"), [("before", 0), ("after", 1)])
def test_worker_and_horse_die_and_the_job_stays_started_until_its_lease_is_over(shop, moment, booked):
    order = f"abandoned {moment}"
    shop.payments.plan(f"kill worker and horse {moment} booking")
    job = shop.queue.enqueue("shop.charge", order, retry=Retry(max=1))
    assert shop.bench.start_rq(f"worker {shop.queue.name}").wait() == -9
    assert (job.get_status(), shop.payments.booked[order]) == ("started", booked)
    shop.bench.rq(f"worker --burst {shop.queue.name}")
    assert job.get_status() == "started"  # the lease is not over
    shop.bench.advance(600)
    shop.bench.rq(f"worker --burst {shop.queue.name}")
    assert (job.get_status(), shop.payments.booked[order]) == ("finished", booked + 1)


@pytest.mark.parametrize("fault", ["kill before booking", "job times out"])
def test_the_notebooks_own_process_is_not_hit(shop, fault):
    shop.payments.plan(fault)
    with httpx.Client(transport=httpx.HTTPTransport(uds=shop.payments.socket), base_url="http://p") as client:
        assert client.post("/charges", json={"order": "mine"}).status_code == 409
    assert shop.payments.calls[-1].outcome.startswith("refused")


def test_an_unknown_fault_is_refused_in_a_sentence(shop):
    with pytest.raises(BenchError, match=r"^There is no fault 'explode'; use one of: 503, hang, .*\.$"):
        shop.payments.plan("explode")


def test_advance_brings_deadlines_nearer_and_leaves_the_moves_to_rq(shop):
    job = shop.queue.enqueue_in(timedelta(hours=1), "builtins.len", "Ada")
    kept = shop.queue.enqueue("builtins.len", "Ada", job_id="kept", result_ttl=300)
    shop.bench.rq(f"worker --burst {shop.queue.name}")
    shop.bench.advance(200)
    assert 0 < shop.redis.ttl(kept.key) <= 100
    shop.bench.advance(3600)
    assert not Job.exists("kept", shop.redis)
    assert job.get_status() == "scheduled"  # due, and nobody has looked at the clock
    shop.bench.rq(f"worker --burst --with-scheduler {shop.queue.name}")
    assert job.get_status() == "finished"


def test_advance_spares_the_leases_of_the_living(shop):
    shop.payments.plan("hang")
    job = shop.queue.enqueue("shop.charge", "alive", retry=Retry(max=1))
    worker = shop.bench.start_rq(f"worker --with-scheduler {shop.queue.name}")
    wait_until(lambda: shop.payments.calls[-1].order == "alive", what="the call")
    lock = f"rq:scheduler-lock:{shop.queue.name}"
    wait_until(lambda: shop.redis.exists(lock), what="the scheduler's lock")
    shop.bench.advance(3600)
    assert shop.redis.exists(lock, f"rq:worker:{worker.worker_name}", job.key) == 3
    shop.bench.rq(f"worker --burst {shop.queue.name}")  # its maintenance finds nothing that is overdue
    assert job.get_status() == "started"
    shop.payments.release()
    wait_until(lambda: job.is_finished, what="the end of the job")
    worker.stop()
    assert shop.payments.booked["alive"] == 1


def test_advance_brings_the_clean_up_of_a_job_that_was_taken_and_not_started(shop):
    job = shop.queue.enqueue("builtins.len", "Ada")
    shop.bench.rq(f"worker --burst {shop.queue.name}", url_options="decode_responses=True")
    assert shop.redis.llen(f"{shop.queue.key}:intermediate") == 1
    shop.bench.rq(f"worker --burst {shop.queue.name}")  # maintenance sees it for the first time
    shop.bench.advance(61)
    shop.bench.rq(f"worker --burst {shop.queue.name}")
    assert job.get_status() == "failed"


def test_advance_moves_a_private_server_only(shop):
    server = shop.bench.private_server("other-clock")
    there = Redis.from_url(server.url)
    there.set("here", 1, ex=100)
    shop.redis.set("here", 1, ex=100)
    shop.bench.advance(50, server=server)
    assert there.ttl("here") <= 50 < shop.redis.ttl("here")
    shop.redis.delete("here")
    there.close()


def test_workers_of_a_private_server(shop):
    server = shop.bench.private_server("elsewhere")
    there = Redis.from_url(server.url)
    job = Queue(connection=there).enqueue("builtins.len", "Ada")
    assert shop.bench.rq("worker --burst default", server=server).returncode == 0
    assert job.is_finished
    there.close()


def test_a_short_lease_is_over_and_found_without_moving_the_clock(shop):
    command = f"worker {OPTIONS} --worker-class workbook.bench.short_lease.ShortLeaseWorker {shop.queue.name}"
    shop.payments.plan("kill worker and horse after booking")
    job = shop.queue.enqueue("shop.charge", "short", retry=Retry(max=1))
    worker = shop.bench.start_rq(command)
    assert worker.wait() == -9
    # The run's lease is short; of the worker one knows longer, however late one looks.
    assert shop.redis.ttl(f"rq:worker:{worker.worker_name}") > 50
    ((_, until),) = shop.redis.zrange(f"rq:wip:{shop.queue.name}", 0, -1, withscores=True)
    seconds, _ = shop.redis.time()
    assert until <= seconds + LEASE_SECONDS + 1
    rescuer = shop.bench.start_rq(command)
    wait_until(lambda: job.is_finished, 60, "the second run")
    rescuer.stop()
    assert shop.payments.booked["short"] == 2
