# says: HTTPStatusError
import shop


def enqueue_charge(queue, order, price):
    return queue.enqueue(shop.charge(order, price)).id
