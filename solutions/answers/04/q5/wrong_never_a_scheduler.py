# says: no scheduler has looked
from position import where


def explain(redis, queue, job_id):
    key, now = where(redis, queue, job_id), redis.time()[0]
    status, parent = redis.hmget(f"rq:job:{job_id}", "status", "dependency_id")
    if status is None:
        return "expired", key
    if status == b"queued" and key != f"rq:queue:{queue}":
        return "taken, not started" if key else "lost", key
    if status == b"scheduled" and redis.zscore(key, job_id) < now - 86400:
        return "no scheduler", key
    if status == b"deferred" and redis.hget(b"rq:job:" + parent, "status") == b"failed":
        return "parent failed", key
    over = redis.zrangebyscore(f"rq:wip:{queue}", "-inf", now)
    if status == b"started" and any(run.startswith(f"{job_id}:".encode()) for run in over):
        return "worker died", key
    return "nothing unusual", key
