# says: no new job: the mail was sent
import habits
from rq.exceptions import DuplicateJobError


def remind_me(queue, user_id, day):
    id = f"remind-{user_id}-{day}"
    try:
        queue.enqueue(habits.remind, user_id, day, job_id=id, unique=True, result_ttl=0, failure_ttl=0)
    except DuplicateJobError:
        pass
    return id
