# says: a sleep? A worker that hangs runs nothing else
import time

import shop


def renew(order, price):
    for attempt in range(5):
        try:
            return shop.charge(order, price)
        except Exception as error:
            print(f"{order} failed: {type(error).__name__}")
            time.sleep(2)
    raise RuntimeError(f"{order}: no luck")
