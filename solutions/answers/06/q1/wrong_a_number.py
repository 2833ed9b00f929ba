# says: takes a `Retry` for its `retry`
import shop


def accept(queue, order):
    again = 3
    return queue.enqueue(shop.charge, order, job_id=order, retry=again).id
