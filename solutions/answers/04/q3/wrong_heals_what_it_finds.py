# says: must not move the evidence
def lost(redis, queue):
    waiting = set(redis.lrange(f"rq:queue:{queue}", 0, -1))
    fates = {}
    for key in redis.scan_iter("rq:job:*", _type="hash"):
        status, origin = redis.hmget(key, "status", "origin")
        id = key.removeprefix(b"rq:job:")
        if status == b"queued" and origin == queue.encode() and id not in waiting:
            redis.rpush(f"rq:queue:{queue}", id)
            fates[id.decode()] = "again"
    return fates
