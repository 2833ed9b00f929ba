# says: A job that returns is finished
import shop


def renew(order, price):
    try:
        return shop.charge(order, price)
    except Exception as error:
        print(f"{order} failed: {type(error).__name__}")
        return f"{order}: no luck"
