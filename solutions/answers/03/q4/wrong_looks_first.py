# says: Looking first and enqueueing then are two steps
import habits
from rq.job import Job


def remind_me(queue, user_id, day):
    id = f"remind-{user_id}-{day}"
    if not Job.exists(id, connection=queue.connection):
        queue.enqueue(habits.remind, user_id, day, job_id=id, result_ttl=90_000)
    elif Job.fetch(id, connection=queue.connection).is_failed:
        Job.fetch(id, connection=queue.connection).requeue()
    return id
