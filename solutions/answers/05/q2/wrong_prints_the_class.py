# says: one line `
import shop


def renew(order, price):
    try:
        return shop.charge(order, price)
    except Exception as error:
        print(f"{order} failed: {type(error)}")
        raise
