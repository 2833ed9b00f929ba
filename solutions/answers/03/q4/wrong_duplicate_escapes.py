# says: `DuplicateJobError` tells that the job is there: catch it
import habits


def remind_me(queue, user_id, day):
    id = f"remind-{user_id}-{day}"
    return queue.enqueue(habits.remind, user_id, day, job_id=id, unique=True, result_ttl=90_000).id
