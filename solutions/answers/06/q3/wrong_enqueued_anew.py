# says: loses its history
from rq.intermediate_queue import IntermediateQueue
from rq.job import Job


def rescue(queue):
    dead = queue.started_job_registry.get_expired_job_ids()
    queue.connection.zremrangebyscore(queue.started_job_registry.key, "-inf", queue.connection.time()[0])
    for id in dead:
        job = Job.fetch(id, connection=queue.connection)
        queue.enqueue(job.func_name, *job.args, job_id=id)
    taken = IntermediateQueue(queue.key, queue.connection)
    for id in taken.get_job_ids():
        if taken.should_be_cleaned_up(id):
            taken.remove(id)
            queue.push_job_id(id)
            dead.append(id)
    return dead
