# says: Call `waits()` for each job
import random

import shop
from rq import Callback, Retry


def waits():
    return [random.randint(1, 15 * 4**number) for number in range(4)]


def give_up_early(job, connection, kind, error, traceback):
    if issubclass(kind, ValueError):
        job.retries_left = 0


policy = Retry(max=4, interval=waits())


def enqueue_renewal(queue, order, price):
    return queue.enqueue(shop.charge, order, price, retry=policy, on_failure=Callback(give_up_early)).id
