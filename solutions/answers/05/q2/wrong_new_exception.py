# says: let the exception out as it is
import shop


def renew(order, price):
    try:
        return shop.charge(order, price)
    except Exception as error:
        raise Exception(f"{order} failed: {type(error).__name__}")
