# says: finished, it returned
import random

import shop
from rq import Retry


def waits():
    result = []
    limit = 15
    for i in range(4):
        result.append(random.randint(1, limit))
        limit = limit * 4
    return result
def charge_or_give_up(order, price):
    try:
        return shop.charge(order, price)
    except ValueError as e:
        return str(e)
def enqueue_renewal(queue, order, price):
    return queue.enqueue(charge_or_give_up, order, price, retry=Retry(max=4, interval=waits())).id
