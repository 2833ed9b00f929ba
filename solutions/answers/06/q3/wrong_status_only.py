# says: a status does not tell
from rq.job import Job


def rescue(queue):
    redis, rescued = queue.connection, []
    for key in redis.scan_iter("rq:job:*", _type="hash"):
        id = key.decode().removeprefix("rq:job:")
        job = Job.fetch(id, connection=redis)
        if job.origin == queue.name and job.is_started:
            queue.enqueue_job(job)
            rescued.append(id)
    return rescued
