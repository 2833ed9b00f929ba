# says: Its hash is gone
def lost(redis, queue):
    waiting = set(redis.lrange(f"rq:queue:{queue}", 0, -1))
    fates = {id.decode(): "failed" for id in redis.lrange(f"rq:queue:{queue}:intermediate", 0, -1)}
    for key in redis.scan_iter("rq:job:*", _type="hash"):
        status, origin, left = redis.hmget(key, "status", "origin", "retries_left")
        id = key.removeprefix(b"rq:job:")
        if status == b"queued" and origin == queue.encode() and id not in waiting:
            if id.decode() not in fates:
                fates[id.decode()] = "never"
            elif int(left or 0):
                fates[id.decode()] = "again"
    return fates
