# says: Only a failed one is put back
import habits
from rq.exceptions import DuplicateJobError, InvalidJobOperation


def remind_me(queue, user_id, day):
    id = f"remind-{user_id}-{day}"
    try:
        queue.enqueue(habits.remind, user_id, day, job_id=id, unique=True, result_ttl=90_000)
    except DuplicateJobError:
        job = queue.fetch_job(id)
        if not job.is_queued:
            queue.enqueue_job(job)
    return id
