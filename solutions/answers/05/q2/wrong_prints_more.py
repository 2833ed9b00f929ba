# says: The line is there, and it is not alone
import shop


def renew(order, price):
    print("trying", order)
    try:
        return shop.charge(order, price)
    except Exception as error:
        print(f"{order} failed: {type(error).__name__}")
        raise
