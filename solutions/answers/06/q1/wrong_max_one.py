# says: the order ran 2 times
import shop
from rq import Retry


def accept(queue, order):
    again = Retry(max=1)
    return queue.enqueue(shop.charge, order, job_id=order, retry=again).id
