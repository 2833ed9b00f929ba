# says: must not move the evidence
from rq import Queue


def backlog(redis, queue):
    queue = Queue(queue, connection=redis)
    return {
        "waiting": queue.count,
        "running": queue.started_job_registry.count,
        "later": queue.scheduled_job_registry.count,
        "failed": queue.failed_job_registry.count,
    }
