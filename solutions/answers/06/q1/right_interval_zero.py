import shop
from rq import Retry


def accept(queue, order):
    again = Retry(2, interval=0)
    return queue.enqueue(shop.charge, order, job_id=order, retry=again).id
