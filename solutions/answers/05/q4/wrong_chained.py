# says: not the wait that happened to be drawn
import random

import shop
from rq import Retry


def waits():
    waits = []
    wait = 15
    for _ in range(4):
        waits.append(random.randint(1, wait))
        wait = waits[-1] * 4
    return waits
def enqueue_renewal(queue, order, price):
    return queue.enqueue(shop.charge, order, price, retry=Retry(max=4, interval=waits())).id
