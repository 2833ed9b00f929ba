# says: known as long as its hash is there
import shop
from rq import Retry


def place(queue, order):
    with shop.database() as db:
        db.execute("INSERT INTO orders VALUES (?)", [order])
        db.execute("INSERT INTO outbox VALUES (?)", [order])

def relay(queue):
    from rq.exceptions import DuplicateJobError
    db = shop.database()
    for (order,) in db.execute("SELECT id FROM outbox").fetchall():
        try:
            queue.enqueue(shop.post_charge, order, job_id=f"charge-{order}", unique=True, retry=Retry(max=3))
        except DuplicateJobError:
            pass
        with db:
            db.execute("DELETE FROM outbox WHERE id = ?", [order])
