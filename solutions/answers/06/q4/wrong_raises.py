# says: catch it, and return False
import shop


def receive(queue, order):
    queue.enqueue(shop.charge, order, job_id=order, unique=True)
    return True
