# says: All orders share one key
from shop import post_charge


def charge(order):
    post_charge(order, key="charge")
