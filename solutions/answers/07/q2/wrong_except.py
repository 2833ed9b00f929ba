# says: no `except` in the job
import shop


def charge(order):
    for _ in range(3):
        try:
            return shop.post_charge(order, key=order)
        except BaseException as error:
            last = error
    raise last

def enqueue_charge(queue, order):
    return queue.enqueue(charge, order).id
