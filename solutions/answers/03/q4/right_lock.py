import habits


def remind_me(queue, user_id, day):
    id = f"remind-{user_id}-{day}"
    with queue.connection.lock(f"click:{id}", timeout=10):
        job = queue.fetch_job(id)
        if job is None:
            queue.enqueue(habits.remind, user_id, day, job_id=id, result_ttl=90_000)
        elif job.is_failed:
            job.requeue()
    return id
