# says: only the lease tells whether somebody still lives
from position import where


def explain(redis, queue, job_id):
    key, now = where(redis, queue, job_id), redis.time()[0]
    status, parent, worker = redis.hmget(f"rq:job:{job_id}", "status", "dependency_id", "worker_name")
    if status is None:
        return "expired", key
    if status == b"queued" and key != f"rq:queue:{queue}":
        return ("taken, not started" if key else "lost"), key
    if status == b"scheduled" and redis.zscore(key, job_id) < now:
        return "no scheduler", key
    if status == b"deferred" and redis.hget(b"rq:job:" + parent, "status") == b"failed":
        return "parent failed", key
    if status == b"started" and not redis.sismember("rq:workers", b"rq:worker:" + worker):
        return "worker died", key
    return "nothing unusual", key
