# says: let the key name the order
from rq import get_current_job
from shop import post_charge


def charge(order):
    post_charge(order, key=get_current_job().id)
