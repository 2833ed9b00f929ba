# says: A single number is the wait before every retry
from rq import Retry

import shop


def enqueue_charge(queue, order, price):
    again = Retry(max=4, interval=10)
    return queue.enqueue(shop.charge, order, price, retry=again).id
