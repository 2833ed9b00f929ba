# says: let the exception out as it is
import shop


class RenewalError(Exception):
    pass


def renew(order, price):
    try:
        return shop.charge(order, price)
    except Exception as error:
        print(f"{order} failed: {type(error).__name__}")
        raise RenewalError(order) from error
