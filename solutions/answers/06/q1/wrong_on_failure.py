# says: three times in all
from rq import Callback

import shop


def again(job, connection, kind, error, traceback):
    job.retries_left = 1


def accept(queue, order):
    return queue.enqueue(shop.charge, order, job_id=order, on_failure=Callback(again)).id
