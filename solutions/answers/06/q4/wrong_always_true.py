# says: The client must hear
import shop
from rq.exceptions import DuplicateJobError


def receive(queue, order):
    try:
        queue.enqueue(shop.charge, order, job_id=order, unique=True)
    except DuplicateJobError:
        pass
    return True
