# says: was taken already
def backlog(redis, queue):
    return {
        "waiting": redis.llen(f"rq:queue:{queue}") + redis.llen(f"rq:queue:{queue}:intermediate"),
        "running": redis.zcard(f"rq:wip:{queue}"),
        "later": redis.zcard(f"rq:scheduled:{queue}"),
        "failed": redis.zcard(f"rq:failed:{queue}"),
    }
