# says: A status is a note that was true once
NAMES = {b"queued": "waiting", b"started": "running", b"scheduled": "later", b"failed": "failed"}

def backlog(redis, queue):
    numbers = {"waiting": 0, "running": 0, "later": 0, "failed": 0}
    for key in redis.scan_iter("rq:job:*", _type="hash"):
        status = redis.hget(key, "status")
        if status in NAMES:
            numbers[NAMES[status]] += 1
    return numbers
