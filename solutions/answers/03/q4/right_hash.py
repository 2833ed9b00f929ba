import hashlib

import habits
from rq.exceptions import DuplicateJobError


def remind_me(queue, user_id, day):
    id = hashlib.sha256(f"{user_id}/{day}".encode()).hexdigest()[:32]
    try:
        queue.enqueue(habits.remind, user_id, day, job_id=id, unique=True, result_ttl=100_000)
    except DuplicateJobError:
        job = queue.fetch_job(id)
        if job is not None and job.get_status() == "failed":
            job.requeue()
    return id
