from rq import Retry
import shop

def enqueue_charge(queue, order):
    return queue.enqueue(shop.post_charge, order, key=f"charge-{order}", retry=Retry(max=4, interval=[5, 30, 60, 120])).id
