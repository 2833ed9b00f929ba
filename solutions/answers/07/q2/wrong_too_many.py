# says: at most 5 attempts
import shop
from rq import Retry


def enqueue_charge(queue, order):
    return queue.enqueue(shop.post_charge, order, key=order, retry=Retry(max=50)).id
