# says: the order ran 4 times
from rq import Retry
import shop


def accept(queue, order):
    again = Retry(max=3)
    return queue.enqueue(shop.charge, order, job_id=order, retry=again).id
