# says: only the run that followed did not know
from shop import post_charge


def charge(order):
    post_charge(order)
