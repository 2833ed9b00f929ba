import habits
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import Job


def remind_me(queue, user_id, day):
    id = f"remind-{user_id}-{day}"
    try:
        job = Job.fetch(id, connection=queue.connection)
        if job.is_failed:
            job.delete()
    except NoSuchJobError:
        pass
    try:
        queue.enqueue(habits.remind, user_id, day, job_id=id, unique=True, result_ttl="2d")
    except DuplicateJobError:
        pass
    return id
