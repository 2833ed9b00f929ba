# says: 'list' object has no attribute 'max'
from rq import Retry
import shop
def enqueue_charge(queue, order, price):
    again = [10, 30, 60, 120]
    return queue.enqueue(shop.charge, order, price, retry=again).id
