import shop
from rq import Retry


def charge(order):
    shop.post_charge(order, key=order)

def enqueue_charge(queue, order):
    return queue.enqueue_call(charge, args=(order,), retry=Retry(max=3)).id
