# says: bytes put into an f-string
from position import where


def explain(redis, queue, job_id):
    key, now = where(redis, queue, job_id), redis.time()[0]
    status, parent = redis.hmget(f"rq:job:{job_id}", "status", "dependency_id")
    if status is None:
        return "expired", key
    if status == b"queued" and key is None:
        return "lost", key
    if status == b"queued" and key.endswith(":intermediate"):
        return "taken, not started", key
    if status == b"started":
        for member, until in redis.zrange(key, 0, -1, withscores=True):
            if member.startswith(f"{job_id}:".encode()) and until < now:
                return "worker died", key
    if status == b"scheduled" and redis.zscore(key, job_id) < now:
        return "no scheduler", key
    if status == b"deferred" and redis.hget(f"rq:job:{parent}", "status") == b"failed":
        return "parent failed", key
    return "nothing unusual", key
