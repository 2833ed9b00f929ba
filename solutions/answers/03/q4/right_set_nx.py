import habits


def remind_me(queue, user_id, day):
    id = f"remind-{user_id}-{day}"
    if queue.connection.set(f"clicked:{id}", 1, nx=True, ex=90_000):
        queue.enqueue(habits.remind, user_id, day, job_id=id)
    else:
        job = queue.fetch_job(id)
        if job and job.is_failed:
            queue.enqueue_job(job)
    return id
