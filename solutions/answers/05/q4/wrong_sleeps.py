# says: a sleep? A worker that hangs
import random
import time

import shop
from rq import Callback, Retry


def waits():
    return [random.randint(1, 15 * 4**number) for number in range(4)]


def give_up_early(job, connection, kind, error, traceback):
    if issubclass(kind, ValueError):
        job.retries_left = 0


def renew(order, price):
    for wait in waits():
        try:
            return shop.charge(order, price)
        except ValueError:
            raise
        except Exception:
            time.sleep(wait)
    return shop.charge(order, price)


def enqueue_renewal(queue, order, price):
    policy = Retry(max=4, interval=waits())
    return queue.enqueue(renew, order, price, retry=policy, on_failure=Callback(give_up_early)).id
