import shop
from rq import Retry


def enqueue_charge(queue, order):
    retry = Retry(max=4, interval=[5, 30, 60, 120])
    return queue.enqueue(shop.post_charge, order, key=f"charge-{order}", retry=retry).id
