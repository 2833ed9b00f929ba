import random

import httpx
import shop
from rq import Retry, get_current_job

LIMITS = [15, 60, 240, 960]


def waits():
    return [random.randint(1, limit) for limit in LIMITS]


def renew(order, price):
    try:
        return shop.charge(order, price)
    except httpx.HTTPError:
        retries = get_current_job().number_of_retries or 0
        return Retry(max=4, interval=random.randint(1, LIMITS[min(retries, 3)]))


def enqueue_renewal(queue, order, price):
    return queue.enqueue(renew, order, price).id
