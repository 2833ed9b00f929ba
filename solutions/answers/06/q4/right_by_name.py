from rq.exceptions import DuplicateJobError


def receive(queue, order):
    try:
        job = queue.enqueue("shop.charge", order, job_id=order, unique=True)
    except DuplicateJobError:
        return False
    else:
        return job is not None
