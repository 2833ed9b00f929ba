# says: Jobs of another queue were counted
def backlog(redis, queue):
    waiting = sum(redis.llen(key) for key in redis.smembers("rq:queues"))
    return {
        "waiting": waiting,
        "running": redis.zcard(f"rq:wip:{queue}"),
        "later": redis.zcard(f"rq:scheduled:{queue}"),
        "failed": redis.zcard(f"rq:failed:{queue}"),
    }
