import random
import time

import shop
from rq import Callback, Retry


def waits():
    random.seed(time.time())
    return [random.randint(1, 15 * 4**i) for i in range(4)]
def f(job, connection, type, value, tb):
    if type.__name__ == "ValueError":
        job.retries_left = 0
def enqueue_renewal(queue, order, price):
    again = Retry(max=4, interval=waits())
    return queue.enqueue("shop.charge", args=(order, price), retry=again, on_failure=Callback(f)).id
