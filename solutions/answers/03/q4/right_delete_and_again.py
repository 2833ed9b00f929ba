import habits
from rq.exceptions import DuplicateJobError
from rq.job import Job


def remind_me(queue, user_id, day):
    id = f"remind-{user_id}-{day}"

    def enqueue():
        queue.enqueue(habits.remind, user_id=user_id, day=day, job_id=id, unique=True, result_ttl=86400)

    try:
        enqueue()
    except DuplicateJobError:
        job = Job.fetch(id, connection=queue.connection)
        if job.get_status() in ("failed", "stopped", "canceled"):
            job.delete()
            enqueue()
    return id
