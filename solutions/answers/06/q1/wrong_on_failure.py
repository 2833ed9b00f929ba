# says: three times in all
import shop
from rq import Callback


def again(job, connection, kind, error, traceback):
    job.retries_left = 1


def accept(queue, order):
    return queue.enqueue(shop.charge, order, job_id=order, on_failure=Callback(again)).id
