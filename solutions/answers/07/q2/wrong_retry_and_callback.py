# says: goes on for ever
from rq import Callback, Retry
import shop

def try_again(job, connection, kind, error, traceback):
    job.requeue()

def enqueue_charge(queue, order):
    return queue.enqueue(shop.post_charge, order, key=order, retry=Retry(max=3), on_failure=Callback(try_again)).id
