# says: "nine euros" printed ''
import httpx
import shop


def renew(order, price):
    try:
        return shop.charge(order, price)
    except httpx.HTTPError as error:
        print(f"{order} failed: {type(error).__name__}")
        raise
