import shop
from rq import Retry


def accept(queue, order):
    again = Retry(max=2, interval=[60, 120])
    return queue.enqueue(shop.charge, order, job_id=order, retry=again).id
