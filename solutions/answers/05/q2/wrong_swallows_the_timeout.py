# says: RQ's timeout is an exception
import httpx
import shop


def renew(order, price):
    try:
        return shop.charge(order, price)
    except (httpx.HTTPError, ValueError) as error:
        print(f"{order} failed: {type(error).__name__}")
        raise
    except Exception as error:
        print(f"{order} failed: {type(error).__name__}")
