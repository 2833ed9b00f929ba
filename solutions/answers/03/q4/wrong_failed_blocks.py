# says: The user would click in vain
import habits
from rq.exceptions import DuplicateJobError


def remind_me(queue, user_id, day):
    id = f"remind-{user_id}-{day}"
    try:
        queue.enqueue(habits.remind, user_id, day, job_id=id, unique=True, result_ttl=90_000)
    except DuplicateJobError:
        pass
    return id
