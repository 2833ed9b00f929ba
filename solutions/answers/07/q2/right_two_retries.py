import shop
from rq import Retry


def enqueue_charge(queue, order):
    job = queue.enqueue(shop.post_charge, order, order, retry=Retry(max=2))
    return job.id
