# says: a sleep? A worker that hangs runs nothing else
import time

import shop


def patient_charge(order, price):
    for wait in (10, 30, 60, 120):
        try:
            return shop.charge(order, price)
        except Exception:
            time.sleep(wait)
    return shop.charge(order, price)


def enqueue_charge(queue, order, price):
    return queue.enqueue(patient_charge, order, price).id
