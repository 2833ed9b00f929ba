# says: let the exception out as it is
import sys

import shop


def renew(order, price):
    try:
        return shop.charge(order, price)
    except Exception as error:
        print(f"{order} failed: {type(error).__name__}")
        sys.exit(1)
