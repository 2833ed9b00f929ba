# says: it printed no such line
import shop


def renew(order, price):
    return shop.charge(order, price)
