"""RQ's key names stand in one module, which agrees with RQ."""

from __future__ import annotations

import re

import pytest
from redis import Redis
from rq import Queue, Worker, cron, registry, scheduler, suspension, worker_registration
from rq.cron_job_registry import get_registry_key as cron_jobs_key
from rq.cron_scheduler_registry import get_registry_key as cron_schedulers_key
from rq.executions import Execution, ExecutionRegistry
from rq.group import Group
from rq.intermediate_queue import IntermediateQueue
from rq.job import Job
from rq.rate_limit import RateLimitRegistry
from rq.results import Result

from tests.notebook_tools import ROOT
from workbook import rq_keys
from workbook.rq_keys import Family

FAMILIES = {name: family for name, family in vars(rq_keys).items() if isinstance(family, Family)}


@pytest.fixture(scope="module")
def keys_of_rq():
    """The key of each family as RQ itself forms it. Nothing is asked of a server."""
    redis = Redis()
    queue, job = Queue("mail", connection=redis), Job("j1", redis)
    worker = Worker([queue], name="w1", connection=redis, prepare_for_work=False)
    execution, limit = Execution("r1", "j1", redis, "w1"), RateLimitRegistry("l1", redis)
    return {
        "job": Job.key_for("j1"),
        "dependents": job.dependents_key,
        "dependencies": job.dependencies_key,
        "results": Result.get_key("j1"),
        "queues": Queue.redis_queues_keys,
        "queue": queue.key,
        "intermediate": queue.intermediate_queue_key,
        "first_seen": IntermediateQueue(queue.key, redis).get_first_seen_key("j1"),
        "wip": registry.StartedJobRegistry(queue=queue).key,
        "executions": ExecutionRegistry("j1", redis).key,
        "execution": execution.key,
        "finished": registry.FinishedJobRegistry(queue=queue).key,
        "failed": registry.FailedJobRegistry(queue=queue).key,
        "scheduled": registry.ScheduledJobRegistry(queue=queue).key,
        "deferred": registry.DeferredJobRegistry(queue=queue).key,
        "ready": registry.ReadyJobRegistry(queue=queue).key,
        "canceled": registry.CanceledJobRegistry(queue=queue).key,
        "workers": Worker.redis_workers_keys,
        "workers_of": worker_registration.WORKERS_BY_QUEUE_KEY % "mail",
        "worker": worker.key,
        "worker_executions": worker.executions_key,
        "scheduler": scheduler.SCHEDULER_KEY_TEMPLATE % "s1",
        "scheduler_lock": scheduler.RQScheduler.get_locking_key("mail"),
        "clean_registries": queue.registry_cleaning_key,
        "clean_groups": Group.REDIS_GROUP_CLEANING_KEY,
        "suspended": suspension.WORKERS_SUSPENDED,
        "groups": Group.REDIS_GROUP_KEY,
        "group": Group.get_key("g1"),
        "rate_limits": RateLimitRegistry.rl_keys_key,
        "rate_limit": limit.config_key,
        "rate_limited": limit.rate_limited_key,
        "rate_allowed": limit.allowed_key,
        "cron_schedulers": cron_schedulers_key(),
        "cron_scheduler": cron.CronScheduler(connection=redis, name="s1").key,
        "cron_job": cron.get_cron_job_history_key("c1"),
        "cron_jobs": cron_jobs_key(),
    }


NAMES = {"job": "j1", "queue": "mail", "run": "r1", "worker": "w1", "scheduler": "s1", "group": "g1", "limit": "l1"}
NAMES["cron"] = "c1"
NOT_TOLD = {"compacted"}  # RQ forms it in the middle of a method; `test_keys.py` makes it do so


def key_of(family):
    return family(*(NAMES[name] for name in re.findall(r"\{(\w+)\}", family.template)))


def test_each_key_is_named_as_rq_names_it(keys_of_rq):
    assert {name: key_of(family) for name, family in FAMILIES.items() if name not in NOT_TOLD} == keys_of_rq


def test_a_prefix_can_be_given():
    assert rq_keys.first_seen("mail", "j1", prefix="app") == "app:queue:mail:intermediate:first_seen:j1"
    assert rq_keys.wip.start("app") == "app:wip:"


def test_a_name_may_look_like_a_template():
    assert rq_keys.first_seen("{job}", "%s{0}") == "rq:queue:{job}:intermediate:first_seen:%s{0}"


@pytest.mark.parametrize("names", [(), ("a", "b")])
def test_too_few_or_too_many_names_are_refused(names):
    with pytest.raises(ValueError, match="zip"):
        rq_keys.job(*names)


# A key opens a string, of Python or of Lua; the texts that learners read have it within a sentence or in backticks.
WRITTEN_OUT = re.compile(r"""["']rq:|\bprefix\}:[a-z]""")


def written_out(source):
    """The lines that form a key themselves."""
    return [line.strip() for line in source.splitlines() if WRITTEN_OUT.search(line)]


def test_no_other_module_forms_a_key_of_rq():
    """All but the files that are laid into a box, where `workbook` cannot be imported."""
    rooms = ("box", "bench", "view", "check", "labs")
    files = [path for room in rooms for path in sorted((ROOT / "workbook" / room).rglob("*.py"))]
    files = [path for path in files if path.stem != "scene" and path.parent.name != "inside"]
    assert len(files) > 60
    found = {str(path.relative_to(ROOT)): written_out(path.read_text(encoding="utf-8")) for path in files}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "line", ['redis.get(f"rq:job:{id}")', "if starts(key, 'rq:wip:') then", 'f"{self.prefix}:wip:"']
)
def test_a_key_that_is_written_out_would_be_found(line):
    assert written_out(line) == [line]


@pytest.mark.parametrize(
    "line", ['"without `rq:job:`",', 'f"{id} is missing: rq:queue:{queue} lacks it"', 'f"{prefix}:"']
)
def test_a_text_for_learners_may_name_a_key(line):
    assert written_out(line) == []
