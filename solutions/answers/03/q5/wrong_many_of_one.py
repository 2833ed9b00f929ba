# says: Each `enqueue` asks Redis and waits for the answer
import habits
from rq import Queue


def enqueue_all(queue, user_ids, day):
    ids = []
    for user_id in user_ids:
        call = Queue.prepare_data(habits.remind, [user_id, day], ttl=3600)
        ids += [job.id for job in queue.enqueue_many([call])]
    return ids
