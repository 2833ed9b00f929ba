# says: `Job.fetch` loads `meta`
from rq.job import Job


def holds(redis, address):
    found = []
    for key in redis.scan_iter("rq:job:*", _type="hash"):
        job = Job.fetch(key.decode().removeprefix("rq:job:"), connection=redis)
        if address in job.description or address.encode() in job.data:
            found.append(job.id)
    return found
