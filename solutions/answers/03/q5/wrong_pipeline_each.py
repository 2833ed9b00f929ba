# says: Each `enqueue` asks Redis and waits for the answer
import habits


def enqueue_all(queue, user_ids, day):
    ids = []
    for user_id in user_ids:
        with queue.connection.pipeline() as pipeline:
            ids.append(queue.enqueue(habits.remind, user_id, day, ttl=3600, pipeline=pipeline).id)
            pipeline.execute()
    return ids
