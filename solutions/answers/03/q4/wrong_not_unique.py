# says: without `unique=True` stands in the queue twice
import habits


def remind_me(queue, user_id, day):
    id = f"remind-{user_id}-{day}"
    return queue.enqueue(habits.remind, user_id, day, job_id=id, result_ttl=90_000).id
