import random

import shop
from rq import Callback, Retry

TRANSIENT = ("HTTPStatusError", "ConnectError", "ReadTimeout", "JobTimeoutException")


def waits():
    waits = []
    for limit in 15, 60, 240, 960:
        waits += [random.choice(range(1, limit + 1))]
    return waits


def decide(job, connection, kind, error, traceback):
    if kind.__name__ not in TRANSIENT:
        job.retries_left = 0


def enqueue_renewal(queue, order, price):
    again = Retry(4, waits())
    return queue.enqueue_call(shop.charge, args=(order, price), retry=again, on_failure=Callback(decide)).id
