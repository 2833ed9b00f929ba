import shop
from rq import exceptions


def receive(queue, order):
    new = True
    try:
        queue.enqueue_call(shop.charge, args=(order,), job_id=order, unique=True)
    except exceptions.DuplicateJobError:
        new = False
    return new
