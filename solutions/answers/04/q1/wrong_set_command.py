# says: Each type has its own commands
def where(redis, queue, job_id):
    for key in (f"rq:queue:{queue}", f"rq:queue:{queue}:intermediate"):
        if job_id.encode() in redis.lrange(key, 0, -1):
            return key
    for name in ("scheduled", "deferred", "failed", "finished"):
        key = f"rq:{name}:{queue}"
        if redis.sismember(key, job_id):
            return key
    key = f"rq:wip:{queue}"                            # its members are JOB:EXECUTION
    for member in redis.zrange(key, 0, -1):
        if member.decode().startswith(f"{job_id}:"):
            return key
    return None
