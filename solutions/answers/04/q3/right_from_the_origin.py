def lost(redis, queue):
    result = {}
    for key in redis.scan_iter(match="rq:job:*", count=500):
        if redis.type(key) != b"hash":
            continue
        job = redis.hgetall(key)
        job_id = key.decode()[len("rq:job:"):]
        if job.get(b"status") != b"queued" or job.get(b"origin", b"").decode() != queue:
            continue
        if redis.lpos(f"rq:queue:{queue}", job_id) is not None:
            continue
        if redis.lpos(f"rq:queue:{queue}:intermediate", job_id) is None:
            result[job_id] = "never"
        elif int(job.get(b"retries_left", 0)) > 0:
            result[job_id] = "again"
        else:
            result[job_id] = "failed"
    return result
