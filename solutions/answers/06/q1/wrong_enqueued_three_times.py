# says: One crash should cost one more run
import shop


def accept(queue, order):
    for _ in range(2):
        queue.enqueue(shop.charge, order, job_id=order)
    return queue.enqueue(shop.charge, order, job_id=order).id
