# says: no list names this job
def lost(redis, queue):
    waiting = set(redis.lrange(f"rq:queue:{queue}", 0, -1))
    taken = set(redis.lrange(f"rq:queue:{queue}:intermediate", 0, -1))
    fates = {}
    for key in redis.scan_iter("rq:job:*", _type="hash"):
        status, origin, left = redis.hmget(key, "status", "origin", "retries_left")
        id = key.removeprefix(b"rq:job:")
        if status == b"queued" and origin == queue.encode() and id not in waiting:
            fates[id.decode()] = "again" if int(left or 0) > 0 else "failed" if id in taken else "never"
    return fates
