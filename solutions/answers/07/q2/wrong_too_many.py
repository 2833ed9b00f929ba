# says: at most 5 attempts
from rq import Retry
import shop

def enqueue_charge(queue, order):
    return queue.enqueue(shop.post_charge, order, key=order, retry=Retry(max=50)).id
