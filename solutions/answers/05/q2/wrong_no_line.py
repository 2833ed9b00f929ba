# says: the one that met a 503 printed ''
import shop


def renew(order, price):
    return shop.charge(order, price)
