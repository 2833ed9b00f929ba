# says: 'list' object has no attribute 'max'
import shop
from rq import Retry


def enqueue_charge(queue, order, price):
    again = [10, 30, 60, 120]
    return queue.enqueue(shop.charge, order, price, retry=again).id
