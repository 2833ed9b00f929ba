# says: A job in two places
from rq.intermediate_queue import IntermediateQueue


def rescue(queue):
    dead = queue.started_job_registry.get_expired_job_ids()
    queue.connection.zremrangebyscore(queue.started_job_registry.key, "-inf", queue.connection.time()[0])
    for id in dead:
        queue.push_job_id(id)
    taken = IntermediateQueue(queue.key, queue.connection)
    for id in taken.get_job_ids():
        if taken.should_be_cleaned_up(id):
            taken.remove(id)
            queue.push_job_id(id)
            dead.append(id)
    return dead
