import habits
from rq.exceptions import DuplicateJobError


def remind_me(queue, user_id, day):
    id = f"{day}_{user_id}"
    options = {"job_id": id, "unique": True, "result_ttl": 24 * 3600}
    try:
        return queue.enqueue(habits.remind, user_id, day, **options).id
    except DuplicateJobError:
        if id in queue.failed_job_registry:
            queue.failed_job_registry.requeue(id)
        return id
