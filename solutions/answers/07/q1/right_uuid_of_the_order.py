from uuid import NAMESPACE_URL, uuid5

import httpx
from shop import post_charge


def charge(order):
    key = str(uuid5(NAMESPACE_URL, order))
    for _ in range(2):
        try:
            return post_charge(order, key)
        except httpx.TransportError:
            pass
    return post_charge(order, key)
