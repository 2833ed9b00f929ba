# says: To look and to write must be one step
import shop
from rq.job import Job


def receive(queue, order):
    if Job.exists(order, connection=queue.connection):
        return False
    queue.enqueue(shop.charge, order, job_id=order)
    return True
