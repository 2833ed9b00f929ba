import secrets

import shop
from rq import Callback, Retry


def waits():
    limit, list_of_waits = 15, []
    while len(list_of_waits) < 4:
        list_of_waits.append(secrets.randbelow(limit) + 1)
        limit *= 4
    return list_of_waits


def failed(job, connection, type, value, traceback):
    if isinstance(value, ValueError):
        job.retries_left = 0
        job.save()


def enqueue_renewal(queue, order, price):
    drawn = waits()
    again = Retry(max=len(drawn), interval=drawn)
    return queue.enqueue("shop.charge", order, price=price, retry=again, on_failure=Callback("billing.failed")).id
