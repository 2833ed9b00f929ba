# says: who it is for and the day belong into the id
import habits
from rq.exceptions import DuplicateJobError


def remind_me(queue, user_id, day):
    id = f"remind-{user_id}"
    try:
        queue.enqueue(habits.remind, user_id, day, job_id=id, unique=True, result_ttl=90_000)
    except DuplicateJobError:
        job = queue.fetch_job(id)
        if job.is_failed:
            job.requeue()
    return id
