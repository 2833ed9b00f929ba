# says: no new job: the mail was sent
import habits


def remind_me(queue, user_id, day):
    id = f"remind-{user_id}-{day}"
    job = queue.fetch_job(id)
    if job:
        job.delete()
    queue.enqueue(habits.remind, user_id, day, job_id=id, unique=True)
    return id
