# says: Each `enqueue` asks Redis and waits for the answer
import habits


def enqueue_all(queue, user_ids, day):
    return [queue.enqueue(habits.remind, user_id, day, ttl=3600).id for user_id in user_ids]
