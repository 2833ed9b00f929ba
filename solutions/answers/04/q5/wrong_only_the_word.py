# says: two values
from position import where


def explain(redis, queue, job_id):
    if redis.hget(f"rq:job:{job_id}", "status") is None:
        return "expired"
    return "nothing unusual"
