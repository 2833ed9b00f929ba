# says: Counted were the workers
def backlog(redis, queue):
    return {
        "waiting": redis.llen(f"rq:queue:{queue}"),
        "running": redis.scard(f"rq:workers:{queue}"),
        "later": redis.zcard(f"rq:scheduled:{queue}"),
        "failed": redis.zcard(f"rq:failed:{queue}"),
    }
