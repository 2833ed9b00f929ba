# says: Each `enqueue` asks Redis and waits for the answer
from concurrent.futures import ThreadPoolExecutor

import habits


def enqueue_all(queue, user_ids, day):
    ids = [f"morning-{user_id}-{day}" for user_id in user_ids]
    with ThreadPoolExecutor(1) as pool:

        def enqueue(user_id, id):
            queue.enqueue(habits.remind, user_id, day, job_id=id, ttl=3600)

        list(pool.map(enqueue, user_ids, ids))
    return ids
