"""What became of each run, and how many jobs waited when: figures from traces of real workers that fail and die."""

from __future__ import annotations

import re

import matplotlib as mpl
import pytest
from rq import Queue, Retry

from workbook.bench import wait_until
from workbook.bench.short_lease import OPTIONS
from workbook.view import queue_depth, timeline, trace
from workbook.view.queue_depth import depth_of
from workbook.view.runs import lanes_from_trace

mpl.use("agg")

SHOP = """
import os
import signal
import httpx
from rq import get_current_job

def charge(order):
    with httpx.Client(transport=httpx.HTTPTransport(uds=os.environ["PAYMENTS"]), base_url="http://payments") as client:
        client.post("/charges", json={"order": order}, timeout=20).raise_for_status()

def fail_first():
    if get_current_job().retries_left:
        raise ValueError("the first run fails")
"""


MODULES = {"shop": SHOP}


@pytest.fixture
def bench(module_bench):
    """The module's bench."""
    return module_bench


@pytest.fixture
def queue(module_bench, payments, request):
    """A queue of the test's own, and nothing planned at the provider."""
    payments.plan()
    return Queue(request.node.name, connection=module_bench.redis)


def burst(bench, queue, function, *arguments, **options):
    """The trace of one job from its enqueueing to the end of a burst worker."""
    with trace(bench.redis) as seen:
        queue.enqueue(function, *arguments, **options)
        bench.rq(f"worker --burst {queue.name}")
    return seen


def test_a_run_that_raised_and_its_retry(bench, queue):
    seen = burst(bench, queue, "shop.fail_first", retry=Retry(max=1))
    [lane] = lanes_from_trace(seen)
    assert str(lane) == "queued, run 1 started, run 1 failed, queued, run 2 started, run 2 finished"
    assert [span.retry for span in lane.spans if span.run] == [False, True]
    figure = timeline(seen, title="t")
    assert [bar.get_hatch() for bar in figure.axes[0].patches].count("////") == 1
    assert "started as a retry" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_a_run_whose_work_horse_was_killed(bench, queue, payments):
    payments.plan("kill before booking")
    [lane] = lanes_from_trace(burst(bench, queue, "shop.charge", "order", retry=Retry(max=1)))
    assert str(lane) == "queued, run 1 started, run 1 work-horse killed, queued, run 2 started, run 2 finished"


def test_two_runs_of_one_job_at_once_lie_one_above_the_other(bench, queue, payments):
    payments.plan("hang")
    command = f"worker {OPTIONS} --worker-class workbook.bench.short_lease.ShortLeaseWorker {queue.name}"
    with trace(bench.redis) as seen:
        job = queue.enqueue("shop.charge", queue.name, retry=Retry(max=1), job_id="twice")
        first = bench.start_rq(command)
        wait_until(lambda: payments.calls and payments.calls[-1].order == queue.name, what="the call")
        first.kill()
        bench.rq(f"{command} --max-jobs 1")
        payments.release()
        wait_until(lambda: len(job.results()) == 2, what="the end of both runs")
    [lane] = lanes_from_trace(seen)
    assert str(lane).startswith("queued, run 1 started, ")
    assert str(lane).endswith("run 2 started, run 2 finished, run 1 finished")
    assert "run 1 worker found dead" in str(lane)
    assert lane.last_words == "finished twice"
    figure = timeline(seen, title="Twice")
    bars = [bar for bar in figure.axes[0].patches if bar.get_height() < 0.5]
    assert len({round(bar.get_y(), 3) for bar in bars}) == 2
    assert re.match(r"Timeline: Twice\n  twice: queued, run 1 started", repr(figure))


def test_timelines_above_each_other_share_one_axis_and_begin_at_their_own_zero(bench, queue):
    seen = {
        "naive: one run": burst(bench, queue, "builtins.len", "Ada", job_id="a"),
        "two jobs": burst(bench, queue, "builtins.len", "Ada", job_id="b"),
    }
    figure = timeline(seen)
    assert [axes.get_title(loc="left") for axes in figure.axes] == list(seen)
    assert len({axes.get_xlim() for axes in figure.axes}) == 1
    assert [min(bar.get_x() for bar in axes.patches) for axes in figure.axes] == [0, 0]


def test_the_depth_of_a_queue_grows_and_drains(bench, queue):
    with trace(bench.redis) as seen:
        for number in range(5):
            queue.enqueue("builtins.len", "Ada" if number else 7, job_id=f"job-{number}")
        bench.rq(f"worker --burst {queue.name}")
    depth = depth_of(lanes_from_trace(seen))
    assert (depth.peak("queued"), depth.peak("started")) == (5, 1)
    assert (depth.last("queued"), depth.last("started")) == (0, 0)
    assert (depth.last("finished"), depth.last("failed")) == (4, 1)
    assert depth.times == sorted(depth.times)
    figure = queue_depth(seen, title="A backlog drains", workers=1)
    assert repr(figure) == "Queue depth: A backlog drains\n  5 jobs, 1 worker; at the end: 4 finished, 1 failed"
    assert figure.axes[0].get_title(loc="left") == "A backlog drains"


def test_a_trace_without_jobs_makes_an_empty_figure(bench):
    with trace(bench.redis) as seen:
        bench.redis.ping()
    assert repr(queue_depth(seen, title="nothing")) == "Queue depth: nothing\n  0 jobs; at the end: none"
    assert timeline(seen, title="nothing").axes


def test_a_job_first_seen_when_it_starts_or_ends_was_in_hand_before(bench, queue):
    queue.enqueue("builtins.len", "Ada", job_id="seen-late")
    with trace(bench.redis) as seen:
        bench.rq(f"worker --burst {queue.name}")
    depth = depth_of(lanes_from_trace(seen))
    assert (depth.last("queued"), depth.last("finished")) == (0, 1)
    assert depth.peak("started") == 1
    assert all(sum(counts) == 1 for counts in zip(*depth.counts.values(), strict=True))
