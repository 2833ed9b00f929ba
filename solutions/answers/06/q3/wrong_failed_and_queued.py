# says: A job in two places
from rq.intermediate_queue import IntermediateQueue


def rescue(queue):
    dead = queue.started_job_registry.get_expired_job_ids()
    queue.started_job_registry.cleanup()
    for id in dead:
        if id not in queue.job_ids:
            queue.connection.hset(f"rq:job:{id}", "status", "queued")
            queue.push_job_id(id)
    taken = IntermediateQueue(queue.key, queue.connection)
    for id in taken.get_job_ids():
        if taken.should_be_cleaned_up(id):
            taken.remove(id)
            queue.push_job_id(id)
            dead.append(id)
    return dead
