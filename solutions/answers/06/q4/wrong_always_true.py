# says: The client must hear
from rq.exceptions import DuplicateJobError

import shop


def receive(queue, order):
    try:
        queue.enqueue(shop.charge, order, job_id=order, unique=True)
    except DuplicateJobError:
        pass
    return True
