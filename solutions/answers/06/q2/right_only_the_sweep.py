def tell_us(job, connection, kind, error, traceback):
    if job.should_retry:
        return
    if connection.lpos("alarms", job.id) is None:
        connection.lpush("alarms", job.id)


def sweep(queue):
    redis = queue.connection
    for id in redis.zrange(f"rq:failed:{queue.name}", 0, -1):
        if redis.lpos("alarms", id) is None:
            redis.lpush("alarms", id)
