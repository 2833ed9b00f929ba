# says: KEYS goes through every key of the server
def backlog(redis, queue):
    size = {"queue": redis.llen(f"rq:queue:{queue}")}
    for key in redis.keys(f"rq:*:{queue}"):
        if redis.type(key) == b"zset":
            size[key.decode().split(":")[1]] = redis.zcard(key)
    names = {"waiting": "queue", "running": "wip", "later": "scheduled", "failed": "failed"}
    return {name: size.get(kind, 0) for name, kind in names.items()}
