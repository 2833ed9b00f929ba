import time


def rescue(queue):
    redis, rescued = queue.connection, []
    wip, taken = f"rq:wip:{queue.name}", f"{queue.key}:intermediate"
    now = time.time()
    for member in redis.zrangebyscore(wip, "-inf", now):
        id = member.decode().split(":")[0]
        with redis.pipeline() as p:
            p.zrem(wip, member)
            p.hset(f"rq:job:{id}", "status", "queued")
            p.rpush(queue.key, id)
            p.execute()
        rescued.append(id)
    for raw in redis.lrange(taken, 0, -1):
        id = raw.decode()
        seen = redis.get(f"{taken}:first_seen:{id}")
        if seen and now - float(seen) > 60:
            redis.lrem(taken, 1, id)
            redis.rpush(queue.key, id)
            rescued.append(id)
    return rescued
