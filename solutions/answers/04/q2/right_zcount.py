def backlog(redis, queue):
    keys = {"running": "wip", "later": "scheduled", "failed": "failed"}
    counts = {name: redis.zcount(f"rq:{key}:{queue}", "-inf", "+inf") for name, key in keys.items()}
    return counts | {"waiting": redis.llen(f"rq:queue:{queue}")}
