from rq.intermediate_queue import IntermediateQueue
from rq.job import Job


def rescue(queue):
    rescued = []
    for id in queue.started_job_registry.get_expired_job_ids():
        rescued.append(id)
    queue.started_job_registry.cleanup()
    for id in rescued:
        job = Job.fetch(id, connection=queue.connection)
        if job.is_failed:
            job.requeue()
    waiting = IntermediateQueue(queue.key, connection=queue.connection)
    stuck = [id for id in waiting.get_job_ids() if waiting.should_be_cleaned_up(id)]
    for id in stuck:
        queue.push_job_id(id)
        waiting.remove(id)
        waiting.connection.delete(waiting.get_first_seen_key(id))
    return rescued + stuck
