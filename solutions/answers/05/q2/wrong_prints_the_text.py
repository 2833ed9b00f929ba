# says: printed "down-
import shop


def renew(order, price):
    try:
        return shop.charge(order, price)
    except Exception as error:
        print(f"{order} failed: {error}")
        raise
