from rq.intermediate_queue import IntermediateQueue
from rq.job import Job


def rescue(queue):
    now = queue.connection.time()[0]
    dead = queue.started_job_registry.get_expired_job_ids(now)
    queue.connection.zremrangebyscore(queue.started_job_registry.key, 0, now)
    taken = IntermediateQueue(queue.key, queue.connection)
    for id in taken.get_job_ids():
        if taken.should_be_cleaned_up(id):
            taken.remove(id)
            dead.append(id)
    for id in dead:
        queue.enqueue_job(Job.fetch(id, connection=queue.connection))
    return dead
