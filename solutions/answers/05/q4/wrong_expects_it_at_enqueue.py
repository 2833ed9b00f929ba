# says: `on_failure` is called after each failed attempt
import random

import shop
from rq import Retry


def waits():
    return [random.randint(1, 15 * 4**i) for i in range(4)]
def enqueue_renewal(queue, order, price):
    try:
        job = queue.enqueue(shop.charge, order, price, retry=Retry(max=4, interval=waits()))
    except ValueError:
        return None
    return job.id
