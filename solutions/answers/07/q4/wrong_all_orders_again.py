# says: enqueued again at each run
import shop
from rq import Retry


def place(queue, order):
    with shop.database() as db:
        db.execute("INSERT INTO orders VALUES (?)", [order])

def relay(queue):
    for (order,) in shop.database().execute("SELECT id FROM orders").fetchall():
        queue.enqueue(shop.post_charge, order, key=order, retry=Retry(max=3))
