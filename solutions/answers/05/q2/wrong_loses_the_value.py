# says: What works must go on working
import shop


def renew(order, price):
    try:
        shop.charge(order, price)
    except Exception as error:
        print(f"{order} failed: {type(error).__name__}")
        raise
