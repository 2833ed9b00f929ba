# says: only the lease tells whether somebody still lives
from position import where


def explain(redis, queue, job_id):
    key = where(redis, queue, job_id)
    status = redis.hget(f"rq:job:{job_id}", "status")
    if key is None:
        return "lost", None
    if key.endswith("intermediate"):
        return "taken, not started", key
    score = redis.zscore(key, job_id) if key.startswith("rq:scheduled") else None
    if score and score < redis.time()[0]:
        return "no scheduler", key
    return "nothing unusual", key
