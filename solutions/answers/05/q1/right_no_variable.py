import shop
from rq import Retry


def enqueue_charge(queue, order, price):
    return queue.enqueue(shop.charge, order, price, retry=Retry(4, (10, 30, 60, 120))).id
