import shop
from rq import Retry


def accept(queue, order):
    job = queue.enqueue(shop.charge, args=(order,), job_id=order, retry=Retry(max=2))
    return job.id
