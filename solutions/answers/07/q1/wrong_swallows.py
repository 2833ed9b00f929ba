# says: Let it out
from shop import post_charge


def charge(order):
    try:
        post_charge(order, key=order)
    except Exception as error:
        print(error)
