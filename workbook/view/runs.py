"""The runs of jobs, from what Redis was asked to do: who ran what, how it ended, and which of it happened twice.

A run has a hash of its own from the lease to its end, `rq:execution:{job}:{run}`, which whoever ends the run deletes.
That tells apart what the job's hash, which has room for one status, cannot:

* The work-horse deletes it: the run finished or failed.
* Its worker does, on the connection that took the lease: the work-horse was killed.
* Nobody does, and maintenance finds the lease expired: the worker is taken for dead. It, or its work-horse, may still
  be at work and end the run later, when another one has begun.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workbook import rq_keys
from workbook.view.lanes import FINAL, Lane, Mark, Span
from workbook.view.trace import Command, Step, Trace


@dataclass
class Run:
    """A run from its lease to its end: the lease's time-out, the connection that took it, the one that uses it."""

    lane: Lane
    taken_by: str = ""
    until: float = float("inf")
    run_by: str = ""
    span: Span | None = None
    found_dead: bool = False


def lanes_from_trace(seen: Trace) -> list[Lane]:
    """All jobs of a trace in the order in which they were first seen, with each waiting and each run."""
    reader = Reader(seen.prefix)
    for step in seen.steps:
        reader.read(step)
    return [lane for lane in reader.lanes.values() if lane.status]


class Reader:
    """Reads a trace step by step; `lanes` holds the jobs so far."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.lanes: dict[str, Lane] = {}
        self.runs: dict[str, Run] = {}  # by execution; those that have not ended
        self.leased: dict[str, str] = {}  # by job: the execution that is to start

    def read(self, step: Step) -> None:
        """Take in what took effect as one, at the moment of its last command."""
        time, client = step.commands[-1].time, step.commands[0].client
        statuses: dict[str, list[str]] = {}
        for command in step.commands:
            self.lease(command)
        for job, fields in self.jobs_written(step):
            statuses.setdefault(job, []).append(fields.get("status", ""))
        for limit in self.limits(step):
            self.find_dead(set(statuses), limit, time)
        for job, fields in self.jobs_written(step):
            if status := fields.get("status"):
                self.change(job, status, time, client, fields.get("worker_name", ""))
        for command in step.commands:
            if command.name == "DEL":
                for execution in self.runs_named(command.words[1:]):
                    self.end(execution, statuses, time, client)

    def lease(self, command: Command) -> None:
        """Note a lease that is taken or, by a heartbeat, prolonged: ZADD rq:wip:{queue} {until} {job}:{execution}."""
        if (
            command.name == "ZADD"
            and command.words[1].startswith(rq_keys.wip.start(self.prefix))
            and len(command.words) >= 4
        ):
            job, _, execution = command.words[-1].rpartition(":")
            if execution not in self.runs:
                self.leased[job] = execution
                self.runs[execution] = Run(self.lanes.setdefault(job, Lane(job, "")), command.client)
            self.runs[execution].until = number(command.words[-2])

    def jobs_written(self, step: Step) -> Iterator[tuple[str, dict[str, str]]]:
        """Each write to a job's hash: the job and the fields."""
        start = rq_keys.job.start(self.prefix)
        for command in step.commands:
            if command.name == "HSET" and command.words[1].startswith(start):
                fields = dict(zip(command.words[2::2], command.words[3::2], strict=False))
                yield command.words[1].removeprefix(start), fields

    def limits(self, step: Step) -> Iterator[float]:
        """Where maintenance drops expired leases: the moment up to which."""
        for command in step.commands:
            if command.name == "ZREMRANGEBYSCORE" and command.words[1].startswith(rq_keys.wip.start(self.prefix)):
                yield number(command.words[-1])

    def runs_named(self, keys: tuple[str, ...]) -> Iterator[str]:
        """The runs whose hashes are among some keys: the execution of `rq:execution:{job}:{execution}`."""
        start = rq_keys.execution.start(self.prefix)
        return (key.rpartition(":")[2] for key in keys if key.startswith(start))

    def find_dead(self, jobs: set[str], limit: float, time: float) -> None:
        """Maintenance recovers jobs: their runs whose lease has expired count as ended, until they say otherwise."""
        for run in self.runs.values():
            if run.span and run.lane.name in jobs and run.until <= limit and not run.found_dead:
                run.found_dead, run.span.until = True, time
                run.lane.marks.append(Mark("found dead", time, run.span))

    def change(self, job: str, status: str, time: float, client: str, worker: str) -> None:
        """Carry a job over into another state: its waiting ends, and a run or another waiting begins."""
        lane = self.lanes.setdefault(job, Lane(job, ""))
        execution = self.leased.pop(job, None) if status == "started" else None
        if status == lane.status and execution is None:
            return
        if lane.spans and lane.spans[-1].until is None and not lane.spans[-1].run:
            lane.spans[-1].until = time
        lane.status, lane.changed = status, time
        if status == "started":
            self.start(lane, execution or "", time, client, worker)
        else:
            self.end(f"?{job}", {job: [status]}, time, client)
            if status not in FINAL:
                lane.spans.append(Span(status, time))

    def start(self, lane: Lane, execution: str, time: float, client: str, worker: str) -> None:
        """Begin a run; one whose lease was not seen ends with the next status."""
        run = self.runs.setdefault(execution or f"?{lane.name}", Run(lane))
        retry = bool(lane.marks) and lane.marks[-1].kind != "finished"
        number = sum(span.run > 0 for span in lane.spans) + 1
        run.run_by, run.span = client, Span("started", time, None, worker, number, retry)
        lane.spans.append(run.span)

    def end(self, execution: str, statuses: dict[str, list[str]], time: float, client: str) -> None:
        """End a run, by whoever deletes its hash, and tell how from that and from the statuses set along with it."""
        run = self.runs.pop(execution, None)
        if run is None or run.span is None:
            return
        set_to = statuses.get(run.lane.name, [])
        kind = next((status for status in ("finished", "stopped") if status in set_to), "failed")
        if kind == "failed" and client == run.taken_by != run.run_by:
            kind = "killed"
        run.span.until = time
        run.lane.marks.append(Mark(kind, time, run.span))
        # RQ says "scheduled" a moment before it ends the run that is to be retried.
        waiting = run.lane.spans[-1]
        if not run.found_dead and not waiting.run and waiting.until is None:
            waiting.since = time


def number(word: str) -> float:
    """A score as RQ writes it; never reached when it is none."""
    try:
        return float(word)
    except ValueError:
        return float("inf")
