# says: must go when the job is put back
from rq.intermediate_queue import IntermediateQueue


def rescue(queue):
    dead = queue.started_job_registry.get_expired_job_ids()
    taken = IntermediateQueue(queue.key, queue.connection)
    for id in taken.get_job_ids():
        if taken.should_be_cleaned_up(id):
            taken.remove(id)
            dead.append(id)
    for id in dead:
        queue.enqueue_job(queue.fetch_job(id))
    return dead
