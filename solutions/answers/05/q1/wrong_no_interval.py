# says: straight back into the queue
from rq import Retry

import shop


def enqueue_charge(queue, order, price):
    again = Retry(max=4)
    return queue.enqueue(shop.charge, order, price, retry=again).id
