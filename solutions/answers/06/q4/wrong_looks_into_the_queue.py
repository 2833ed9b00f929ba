# says: the list cannot tell what is new
import shop


def receive(queue, order):
    if order in queue.job_ids:
        return False
    queue.enqueue(shop.charge, order, job_id=order)
    return True
