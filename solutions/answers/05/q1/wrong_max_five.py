# says: max` counts the retries, not the attempts
import shop
from rq import Retry


def enqueue_charge(queue, order, price):
    again = Retry(max=5, interval=[10, 30, 60, 120, 120])
    return queue.enqueue(shop.charge, order, price, retry=again).id
