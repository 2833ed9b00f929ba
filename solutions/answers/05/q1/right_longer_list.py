import shop
from rq import Retry


def enqueue_charge(queue, order, price):
    again = Retry(max=4, interval=[1, 10, 30, 60, 120])  # read from the end: four of them are used
    return queue.enqueue(shop.charge, order, price, retry=again).id
