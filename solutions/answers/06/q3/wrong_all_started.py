# says: Its lease is not over
from rq.intermediate_queue import IntermediateQueue


def rescue(queue):
    dead = queue.started_job_registry.get_job_ids(cleanup=False)
    for id in dead:
        queue.connection.hset(f"rq:job:{id}", "status", "queued")
        queue.push_job_id(id)
    taken = IntermediateQueue(queue.key, queue.connection)
    for id in taken.get_job_ids():
        if taken.should_be_cleaned_up(id):
            taken.remove(id)
            queue.push_job_id(id)
            dead.append(id)
    return dead
