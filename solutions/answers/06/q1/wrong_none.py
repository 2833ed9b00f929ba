# says: at most once
import shop


def accept(queue, order):
    again = None
    return queue.enqueue(shop.charge, order, job_id=order, retry=again).id
