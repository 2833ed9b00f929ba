# says: a job failed
import shop
from rq import Retry


def place(queue, order):
    with shop.database() as db:
        db.execute("INSERT INTO orders VALUES (?)", [order])
        db.execute("INSERT INTO outbox VALUES (?)", [order])

def relay(queue):
    db = shop.database()
    for order in db.execute("SELECT id FROM outbox").fetchall():
        queue.enqueue(shop.post_charge, order, key=order, retry=Retry(max=3))
        with db:
            db.execute("DELETE FROM outbox WHERE id = ?", order)
