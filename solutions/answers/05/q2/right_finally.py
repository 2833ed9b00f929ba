import sys

import shop


def renew(order, price):
    try:
        return shop.charge(order, price)
    finally:
        if error := sys.exception():
            print(f"{order} failed: {type(error).__name__}")
