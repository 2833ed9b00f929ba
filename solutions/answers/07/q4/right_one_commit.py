import shop
from rq import Retry


def place(queue, order):
    db = shop.database()
    db.execute("INSERT INTO outbox VALUES (?)", (order,))
    db.execute("INSERT INTO orders VALUES (?)", (order,))
    db.commit()
    db.close()

def relay(queue):
    with shop.database() as db:
        orders = [row[0] for row in db.execute("SELECT id FROM outbox ORDER BY rowid")]
        for order in orders:
            queue.enqueue(shop.post_charge, order, f"charge-{order}", job_id=f"charge-{order}", retry=Retry(max=3))
        db.executemany("DELETE FROM outbox WHERE id = ?", [(order,) for order in orders])
