def backlog(redis, queue):
    keys = {"running": "wip", "later": "scheduled", "failed": "failed"}
    counts = {name: redis.zcount(f"rq:{key}:{queue}", "-inf", "+inf") for name, key in keys.items()}
    counts["waiting"] = len(redis.lrange(f"rq:queue:{queue}", 0, -1))
    return counts
