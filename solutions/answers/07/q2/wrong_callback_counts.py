# says: A killed process raises nothing
import shop
from rq import Callback, Queue


def charge(order, tries=0):
    shop.post_charge(order, key=order)

def try_again(job, connection, kind, error, traceback):
    order, tries = job.args
    if tries < 3:
        queue = Queue(job.origin, connection=connection)
        queue.enqueue(charge, order, tries + 1, on_failure=Callback(try_again))

def enqueue_charge(queue, order):
    return queue.enqueue(charge, order, 0, on_failure=Callback(try_again)).id
