# says: in the order of the users
import habits
from rq import Queue


def enqueue_all(queue, user_ids, day):
    calls = [Queue.prepare_data(habits.remind, [user_id, day], ttl=3600, at_front=True) for user_id in user_ids]
    return [job.id for job in queue.enqueue_many(calls)]
