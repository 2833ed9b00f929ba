def ids(redis, key):
    return {id.decode() for id in redis.lrange(key, 0, -1)}

def lost(redis, queue):
    waiting, taken = ids(redis, f"rq:queue:{queue}"), ids(redis, f"rq:queue:{queue}:intermediate")
    fates = {}
    for key in redis.scan_iter("rq:job:*", _type="HASH"):
        job = {name.decode(): value for name, value in redis.hgetall(key).items()}
        id = key.decode().split(":")[2]
        if job["status"] == b"queued" and job["origin"].decode() == queue and id not in waiting:
            left = int(job.get("retries_left") or b"0")
            fates[id] = ("again" if left else "failed") if id in taken else "never"
    return fates
