from rq import Retry

import shop


def accept(queue, order):
    job = queue.enqueue(shop.charge, args=(order,), job_id=order, retry=Retry(max=2))
    return job.id
