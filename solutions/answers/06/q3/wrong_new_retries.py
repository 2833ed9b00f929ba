# says: brings its retries back
from rq.intermediate_queue import IntermediateQueue
from rq.job import Job


def rescue(queue):
    dead = queue.started_job_registry.get_expired_job_ids()
    jobs = [Job.fetch(id, connection=queue.connection) for id in dead]
    queue.started_job_registry.cleanup()
    for job in jobs:
        if job.get_status() == "failed":
            job.retries_left = 1
            job.requeue()
    taken = IntermediateQueue(queue.key, queue.connection)
    for id in taken.get_job_ids():
        if taken.should_be_cleaned_up(id):
            taken.remove(id)
            queue.push_job_id(id)
            dead.append(id)
    return dead
