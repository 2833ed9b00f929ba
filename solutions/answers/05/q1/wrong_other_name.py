# says: Is its name spelled as in the question?
import shop
from rq import Retry


def enqueue_charges(queue, order, price):
    again = Retry(max=4, interval=[10, 30, 60, 120])
    return queue.enqueue(shop.charge, order, price, retry=again).id
