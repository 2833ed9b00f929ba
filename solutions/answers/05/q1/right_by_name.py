from rq import Retry
from rq.job import Job


def enqueue_charge(queue, order, price):
    waits = [10, 30, 60, 120]
    job = Job.create("shop.charge", args=(order, price), connection=queue.connection, origin=queue.name)
    job.retries_left, job.retry_intervals = len(waits), waits
    return queue.enqueue_job(job).id
