# says: A killed process raises nothing
import shop
from rq import Callback, Queue


def try_again(job, connection, kind, error, traceback):
    enqueue_charge(Queue(job.origin, connection=connection), *job.args)

def enqueue_charge(queue, order):
    failed = Callback(try_again)
    return queue.enqueue(shop.post_charge, order, key=f"charge-{order}", on_failure=failed).id
