import habits
from rq import Queue


def enqueue_all(queue, user_ids, day):
    calls = []
    for user_id in user_ids:
        call = Queue.prepare_data("habits.remind", args=(user_id, day), ttl=60 * 60, job_id=f"morning-{user_id}-{day}")
        calls.append(call)
    queue.enqueue_many(calls)
    return [call.job_id for call in calls]
