# says: Nothing is retried unless you ask
from rq import Retry

import shop


def enqueue_charge(queue, order, price):
    again = None
    return queue.enqueue(shop.charge, order, price, retry=again).id
