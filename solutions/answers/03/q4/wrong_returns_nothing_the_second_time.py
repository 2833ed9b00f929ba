# says: after each click
import habits
from rq.exceptions import DuplicateJobError


def remind_me(queue, user_id, day):
    id = f"remind-{user_id}-{day}"
    try:
        return queue.enqueue(habits.remind, user_id, day, job_id=id, unique=True, result_ttl=90_000).id
    except DuplicateJobError:
        return None
