# says: A single number is the wait before every retry
import shop
from rq import Retry


def enqueue_charge(queue, order, price):
    again = Retry(max=4, interval=10)
    return queue.enqueue(shop.charge, order, price, retry=again).id
