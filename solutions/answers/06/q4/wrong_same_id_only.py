# says: the id is in the list twice
import shop


def receive(queue, order):
    queue.enqueue(shop.charge, order, job_id=order)
    return True
