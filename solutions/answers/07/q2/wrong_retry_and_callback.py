# says: Attempts need a measure
import shop
from rq import Callback, Queue, Retry


def try_again(job, connection, kind, error, traceback):
    enqueue_charge(Queue(job.origin, connection=connection), *job.args)

def enqueue_charge(queue, order):
    retry = Retry(max=3)
    return queue.enqueue(shop.post_charge, order, key=order, retry=retry, on_failure=Callback(try_again)).id
