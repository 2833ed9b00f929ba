# says: expects whole numbers
def backlog(redis, queue):
    names = [f"rq:{name}:{queue}" for name in ("wip", "scheduled", "failed")]
    return redis.llen(f"rq:queue:{queue}"), *map(redis.zcard, names)
