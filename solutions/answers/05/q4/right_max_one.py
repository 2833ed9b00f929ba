import random

import shop
from rq import Callback, Retry


def waits():
    return [max(1, int(random.random() * limit)) for limit in (15, 60, 240, 960)]


def on_failure(job, connection, type, value, traceback):
    if isinstance(value, ValueError):
        job.retries_left = None


def enqueue_renewal(queue, order, price):
    job = queue.prepare_data(shop.charge, args=(order, price), retry=Retry(4, waits()), on_failure=Callback(on_failure))
    return queue.enqueue_many([job])[0].id
