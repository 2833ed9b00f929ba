# says: max` counts the retries. The provider was away
import shop
from rq import Retry


def enqueue_charge(queue, order, price):
    again = Retry(max=3, interval=[10, 30, 60])
    return queue.enqueue(shop.charge, order, price, retry=again).id
