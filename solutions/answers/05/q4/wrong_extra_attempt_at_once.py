# says: `max` counts the retries, not the attempts
import random

import shop
from rq import Retry


def waits():
    return [random.randint(1, 15 * 4**i) for i in range(4)]
def charge(order, price):
    try:
        float(price)
    except ValueError:
        return None
    return shop.charge(order, price)
def enqueue_renewal(queue, order, price):
    return queue.enqueue(charge, order, price, retry=Retry(max=5, interval=[0] + waits())).id
