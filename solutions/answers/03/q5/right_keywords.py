import habits


def enqueue_all(queue, user_ids, day):
    calls = (
        queue.prepare_data(habits.remind, kwargs={"user_id": user_id, "day": day}, ttl=3600) for user_id in user_ids
    )
    jobs = queue.enqueue_many(calls)
    return [job.id for job in jobs]
