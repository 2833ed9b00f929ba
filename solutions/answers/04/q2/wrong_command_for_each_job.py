# says: costs more, the longer the queue
def backlog(redis, queue):
    ids = redis.lrange(f"rq:queue:{queue}", 0, -1)
    return {
        "waiting": sum(redis.exists(b"rq:job:" + id) for id in ids),
        "running": redis.zcard(f"rq:wip:{queue}"),
        "later": redis.zcard(f"rq:scheduled:{queue}"),
        "failed": redis.zcard(f"rq:failed:{queue}"),
    }
