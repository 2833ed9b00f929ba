# says: the first of them is repeated
import shop
from rq import Retry


def enqueue_charge(queue, order, price):
    again = Retry(max=4, interval=[10, 30, 60])
    return queue.enqueue(shop.charge, order, price, retry=again).id
