# says: A finished job stays for 500 seconds by default
import habits
from rq.exceptions import DuplicateJobError


def remind_me(queue, user_id, day):
    id = f"remind-{user_id}-{day}"
    try:
        queue.enqueue(habits.remind, user_id, day, job_id=id, unique=True, ttl=90_000)
    except DuplicateJobError:
        job = queue.fetch_job(id)
        if job.is_failed:
            job.requeue()
    return id
