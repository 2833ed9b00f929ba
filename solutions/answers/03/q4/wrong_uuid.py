# says: a random id makes two jobs
import uuid

import habits


def remind_me(queue, user_id, day):
    id = f"remind-{user_id}-{day}-{uuid.uuid4()}"
    return queue.enqueue(habits.remind, user_id, day, job_id=id, unique=True).id
