# says: one attempt
import shop


def renew(order, price):
    for attempt in range(5):
        try:
            return shop.charge(order, price)
        except Exception as error:
            if attempt == 4:
                print(f"{order} failed: {type(error).__name__}")
                raise
