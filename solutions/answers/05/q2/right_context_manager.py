from contextlib import contextmanager

import shop


@contextmanager
def told(order):
    try:
        yield
    except BaseException as error:
        print(order, "failed:", error.__class__.__name__, flush=True)
        raise error


def renew(order, price):
    with told(order):
        return shop.charge(order, price)
