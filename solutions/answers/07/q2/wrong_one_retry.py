# says: Allow for two
import shop
from rq import Retry


def enqueue_charge(queue, order):
    return queue.enqueue(shop.post_charge, order, key=order, retry=Retry(max=1)).id
