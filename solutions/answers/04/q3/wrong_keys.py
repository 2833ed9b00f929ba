# says: KEYS goes through every key of the server
def lost(redis, queue):
    waiting = set(redis.lrange(f"rq:queue:{queue}", 0, -1))
    taken = set(redis.lrange(f"rq:queue:{queue}:intermediate", 0, -1))
    fates = {}
    for key in redis.keys("rq:job:*"):
        if redis.type(key) != b"hash":
            continue
        status, origin, left = redis.hmget(key, "status", "origin", "retries_left")
        id = key.removeprefix(b"rq:job:")
        if status == b"queued" and origin == queue.encode() and id not in waiting:
            fates[id.decode()] = "never" if id not in taken else "again" if int(left or 0) > 0 else "failed"
    return fates
