# says: Each number is the size of one key
def backlog(redis, queue):
    return {
        "waiting": redis.llen(f"rq:queue:{queue}"),
        "running": redis.zcard(f"rq:started:{queue}"),
        "later": redis.zcard(f"rq:scheduled:{queue}"),
        "failed": redis.zcard(f"rq:failed:{queue}"),
    }
