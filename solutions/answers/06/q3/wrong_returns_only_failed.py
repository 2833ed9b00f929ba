# says: Whoever is on call must be able to read
from rq.intermediate_queue import IntermediateQueue


def rescue(queue):
    registry = queue.started_job_registry
    expired = registry.get_expired_job_ids()
    registry.cleanup()
    dead = [id for id in expired if id in queue.failed_job_registry.get_job_ids()]
    for id in dead:
        queue.failed_job_registry.requeue(id)
    taken = IntermediateQueue(queue.key, queue.connection)
    for id in taken.get_job_ids():
        if taken.should_be_cleaned_up(id):
            taken.remove(id)
            queue.push_job_id(id)
            dead.append(id)
    return dead
