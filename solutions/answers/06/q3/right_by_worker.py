from rq import Worker
from rq.intermediate_queue import IntermediateQueue
from rq.job import Job


def rescue(queue):
    redis = queue.connection
    alive = {worker.name for worker in Worker.all(connection=redis)}
    rescued = []
    for id in queue.started_job_registry.get_job_ids(cleanup=False):
        job = Job.fetch(id, connection=redis)
        if job.worker_name not in alive:
            for member in redis.zrange(queue.started_job_registry.key, 0, -1):
                if member.decode().startswith(id + ":"):
                    redis.zrem(queue.started_job_registry.key, member)
            queue.enqueue_job(job)
            rescued.append(id)
    intermediate = IntermediateQueue(queue.key, redis)
    for id in intermediate.get_job_ids():
        if intermediate.should_be_cleaned_up(id):
            intermediate.remove(id)
            queue.enqueue_job(Job.fetch(id, connection=redis))
            rescued.append(id)
    return rescued
