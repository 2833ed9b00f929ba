# says: Looking first and enqueueing then are two steps
import habits


def remind_me(queue, user_id, day):
    id = f"remind-{user_id}-{day}"
    job = queue.fetch_job(id)
    if job is None or job.is_failed:
        queue.enqueue(habits.remind, user_id, day, job_id=id, result_ttl=90_000)
    return id
