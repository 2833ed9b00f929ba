# says: it returned a Job
import shop
from rq import Retry


def accept(queue, order):
    again = Retry(max=2)
    return queue.enqueue(shop.charge, order, job_id=order, retry=again)
