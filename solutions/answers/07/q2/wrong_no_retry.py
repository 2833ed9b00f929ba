# says: A killed process raises nothing
import shop


def enqueue_charge(queue, order):
    return queue.enqueue(shop.post_charge, order, key=order).id
