# says: the job is all there is
import shop


def place(queue, order):
    with shop.database() as db:
        db.execute("INSERT INTO orders VALUES (?)", [order])
        db.execute("INSERT INTO outbox VALUES (?)", [order])

def relay(queue):
    with shop.database() as db:
        for (order,) in db.execute("DELETE FROM outbox RETURNING id").fetchall():
            queue.enqueue(shop.post_charge, order, key=order)
