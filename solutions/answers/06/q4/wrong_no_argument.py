# says: an id is no argument
import shop
from rq.exceptions import DuplicateJobError


def receive(queue, order):
    try:
        queue.enqueue(shop.charge, job_id=order, unique=True)
    except DuplicateJobError:
        return False
    return True
