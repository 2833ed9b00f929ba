# says: Whoever is on call must be able to read
from rq.intermediate_queue import IntermediateQueue


def rescue(queue):
    registry = queue.started_job_registry
    dead = registry.get_expired_job_ids()
    registry.cleanup()
    failed = queue.failed_job_registry.get_job_ids()
    for id in dead:
        if id in failed:
            queue.failed_job_registry.requeue(id)
    taken = IntermediateQueue(queue.key, queue.connection)
    for id in taken.get_job_ids():
        if taken.should_be_cleaned_up(id):
            taken.remove(id)
            queue.push_job_id(id)
            dead.append(id)
    return len(dead)
