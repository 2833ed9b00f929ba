# says: retries what has retries left; all else it fails
from rq.intermediate_queue import IntermediateQueue


def rescue(queue):
    dead = []
    for id in queue.started_job_registry.get_job_ids():
        if id in queue.started_job_registry.get_expired_job_ids():
            queue.push_job_id(id)
            dead.append(id)
    taken = IntermediateQueue(queue.key, queue.connection)
    for id in taken.get_job_ids():
        if taken.should_be_cleaned_up(id):
            taken.remove(id)
            queue.push_job_id(id)
            dead.append(id)
    return dead
