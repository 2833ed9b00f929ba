# says: straight back into the queue
import shop
from rq import Retry


def enqueue_charge(queue, order, price):
    again = Retry(max=4)
    return queue.enqueue(shop.charge, order, price, retry=again).id
