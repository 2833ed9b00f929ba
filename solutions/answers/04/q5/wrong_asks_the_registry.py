# says: must not move the evidence
from position import where
from rq.registry import StartedJobRegistry


def explain(redis, queue, job_id):
    key = where(redis, queue, job_id)
    if job_id in StartedJobRegistry(queue, connection=redis).get_job_ids():
        return "nothing unusual", key
    if redis.hget(f"rq:job:{job_id}", "status") == b"started":
        return "worker died", key
    return "nothing unusual", key
