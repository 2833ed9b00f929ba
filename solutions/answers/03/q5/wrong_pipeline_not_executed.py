# says: is sent by `execute()`, not before
import habits


def enqueue_all(queue, user_ids, day):
    pipeline = queue.connection.pipeline()
    jobs = [queue.enqueue(habits.remind, user_id, day, ttl=3600, pipeline=pipeline) for user_id in user_ids]
    return [job.id for job in jobs]
