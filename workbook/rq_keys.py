"""The names of RQ's keys, each pattern once: `rq_keys.wip("mail")` is "rq:wip:mail". Standard library only."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from functools import cached_property

PREFIX = "rq"


@dataclass(frozen=True)
class Family:
    """The keys of one kind. `template` is such a key after the prefix, with names in braces."""

    template: str

    def __call__(self, *names: str, prefix: str = PREFIX) -> str:
        """The key with these names."""
        words = itertools.chain.from_iterable(zip(self.texts, (*names, ""), strict=True))
        return f"{prefix}:{''.join(words)}"

    @cached_property
    def texts(self) -> list[str]:
        """What stands before, between and after the names."""
        return re.split(r"\{\w+\}", self.template)

    def start(self, prefix: str = PREFIX) -> str:
        """What stands before the first name of each of these keys."""
        return f"{prefix}:{self.texts[0]}"


job = Family("job:{job}")
dependents = Family("job:{job}:dependents")
dependencies = Family("job::{job}:dependencies")
results = Family("results:{job}")

queues = Family("queues")
queue = Family("queue:{queue}")
intermediate = Family("queue:{queue}:intermediate")
first_seen = Family("queue:{queue}:intermediate:first_seen:{job}")
compacted = Family("queue:_compact:{token}")

wip = Family("wip:{queue}")
executions = Family("executions:{job}")
execution = Family("execution:{job}:{run}")

finished = Family("finished:{queue}")
failed = Family("failed:{queue}")
scheduled = Family("scheduled:{queue}")
deferred = Family("deferred:{queue}")
ready = Family("ready:{queue}")
canceled = Family("canceled:{queue}")

workers = Family("workers")
workers_of = Family("workers:{queue}")
worker = Family("worker:{worker}")
worker_executions = Family("worker:{worker}:executions")

scheduler = Family("scheduler:{scheduler}")
scheduler_lock = Family("scheduler-lock:{queue}")
clean_registries = Family("clean_registries:{queue}")
clean_groups = Family("clean_groups")
suspended = Family("suspended")

groups = Family("groups")
group = Family("group:{group}")

rate_limits = Family("rl-keys")
rate_limit = Family("rl:{limit}")
rate_limited = Family("rl:{limit}:rate_limited")
rate_allowed = Family("rl:{limit}:allowed")

cron_schedulers = Family("cron_schedulers")
cron_scheduler = Family("cron_scheduler:{scheduler}")
cron_job = Family("cron_job:{cron}:jobs")
cron_jobs = Family("cron_jobs")
