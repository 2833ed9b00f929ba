# says: from the other side
def lost(redis, queue):
    fates = {}
    for id in redis.lrange(f"rq:queue:{queue}:intermediate", 0, -1):
        status, left = redis.hmget(b"rq:job:" + id, "status", "retries_left")
        if status == b"queued":
            fates[id.decode()] = "again" if int(left or 0) > 0 else "failed"
    return fates
