# says: KEYS goes through every key of the server
def backlog(redis, queue):
    keys = redis.keys(f"rq:*:{queue}")
    size = {key.decode().split(":")[1]: redis.llen(key) if b":queue:" in key else redis.zcard(key) for key in keys if redis.type(key) in (b"list", b"zset")}
    return {"waiting": size.get("queue", 0), "running": size.get("wip", 0), "later": size.get("scheduled", 0), "failed": size.get("failed", 0)}
