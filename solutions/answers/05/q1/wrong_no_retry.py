# says: Nothing is retried unless you ask
import shop
from rq import Retry


def enqueue_charge(queue, order, price):
    again = None
    return queue.enqueue(shop.charge, order, price, retry=again).id
