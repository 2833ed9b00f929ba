import random

import shop
from rq import Retry, get_current_job


def waits():
    return [int(random.uniform(1, 15 * 4**n + 1)) if n else random.randrange(1, 16) for n in range(4)]


def renew(order, price):
    try:
        return shop.charge(order, price)
    except ValueError:
        get_current_job().retries_left = 0
        raise


def enqueue_renewal(queue, order, price):
    return queue.enqueue(renew, order, price, retry=Retry(max=4, interval=waits())).id
