# says: A killed process raises nothing
from rq import Callback
import shop

def try_again(job, connection, kind, error, traceback):
    if job.meta.get("tries", 0) < 3:
        job.meta["tries"] = job.meta.get("tries", 0) + 1
        job.save_meta()
        job.requeue()

def enqueue_charge(queue, order):
    return queue.enqueue(shop.post_charge, order, key=order, on_failure=Callback(try_again)).id
