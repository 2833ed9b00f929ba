# says: Compare the line with `def`
def where(redis, job_id):
    for key in redis.scan_iter("rq:queue:*"):
        if job_id.encode() in redis.lrange(key, 0, -1):
            return key.decode()
    return None
