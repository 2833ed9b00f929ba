# says: the same job, tried again
import random
from datetime import timedelta

import shop
from rq import Queue, get_current_job


def waits():
    return [random.randint(1, 15 * 4**i) for i in range(4)]
def attempt(order, price, left):
    try:
        return shop.charge(order, price)
    except ValueError:
        raise
    except Exception:
        if not left:
            raise
        job = get_current_job()
        queue = Queue(job.origin, connection=job.connection)
        queue.enqueue_in(timedelta(seconds=left[0]), attempt, order, price, left[1:])
def enqueue_renewal(queue, order, price):
    return queue.enqueue(attempt, order, price, waits()).id
