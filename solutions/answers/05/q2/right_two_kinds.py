import httpx
import shop
from rq.timeouts import JobTimeoutException


def renew(order, price):
    try:
        result = shop.charge(order, price)
    except (httpx.HTTPError, JobTimeoutException, ValueError) as error:
        print(f"{order} failed: {type(error).__name__}")
        raise
    return result
