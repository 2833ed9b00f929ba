# says: another key than the first
from uuid import uuid4

from shop import post_charge


def charge(order):
    post_charge(order, key=str(uuid4()))
