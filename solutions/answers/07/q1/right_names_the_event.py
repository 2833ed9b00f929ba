from shop import post_charge


def charge(order):
    post_charge(order, key=f"charge-{order}")
