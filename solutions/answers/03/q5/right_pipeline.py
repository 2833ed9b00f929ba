import habits


def enqueue_all(queue, user_ids, day):
    with queue.connection.pipeline() as pipeline:
        jobs = [queue.enqueue(habits.remind, user_id, day, ttl=3600, pipeline=pipeline) for user_id in user_ids]
        pipeline.execute()
    return [job.id for job in jobs]
