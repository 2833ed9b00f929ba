# says: A run whose lease is over counts, too: q5
def backlog(redis, queue):
    return {
        "waiting": redis.llen(f"rq:queue:{queue}"),
        "running": redis.zcount(f"rq:wip:{queue}", redis.time()[0], "+inf"),
        "later": redis.zcard(f"rq:scheduled:{queue}"),
        "failed": redis.zcard(f"rq:failed:{queue}"),
    }
