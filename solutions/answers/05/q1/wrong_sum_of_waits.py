# says: in the order in which they are waited
import shop
from rq import Retry


def enqueue_charge(queue, order, price):
    again = Retry(max=4, interval=[10, 40, 100, 220])
    return queue.enqueue(shop.charge, order, price, retry=again).id
