# says: the longest wait came first
import shop
from rq import Retry


def enqueue_charge(queue, order, price):
    again = Retry(max=4, interval=[120, 60, 30, 10])
    return queue.enqueue(shop.charge, order, price, retry=again).id
