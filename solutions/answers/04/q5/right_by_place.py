from position import where


def overdue(redis, key, job_id):
    now = redis.time()[0]
    for member, score in redis.zrange(key, 0, -1, withscores=True):
        if member.decode().split(":")[0] == job_id:
            return score < now

def explain(redis, queue, job_id):
    key = where(redis, queue, job_id)
    job = redis.hgetall(f"rq:job:{job_id}")
    if not job:
        return "expired", key
    if key is None:
        return "lost", None
    if key.endswith(":intermediate"):
        return "taken, not started", key
    if key.startswith("rq:wip:") and overdue(redis, key, job_id):
        return "worker died", key
    if key.startswith("rq:scheduled:") and overdue(redis, key, job_id):
        return "no scheduler", key
    if key.startswith("rq:deferred:"):
        parent = job[b"dependency_id"].decode()
        if redis.hget(f"rq:job:{parent}", "status") == b"failed":
            return "parent failed", key
    return "nothing unusual", key
