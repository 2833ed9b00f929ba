# says: `on_failure` is called after each failed attempt
import random

import shop
from rq import Retry


def waits(retries=4, base=15):
    return [random.randint(1, base * 4**i) for i in range(retries)]
def on_failure(job, connection, type, value, tb):
    if type is ValueError:
        job.cancel()
def enqueue_renewal(queue, order, price):
    return queue.enqueue(shop.charge, order, price, retry=Retry(max=4, interval=waits()), on_failure=on_failure).id
