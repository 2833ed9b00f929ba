# says: no such table
from shop import database

ADD = "INSERT INTO streak VALUES (?, 1) ON CONFLICT DO UPDATE SET days = days + 1"

def credit(user, day):
    with database() as db:
        if db.execute("INSERT OR IGNORE INTO credited VALUES (?, ?)", [user, day]).rowcount == 1:
            db.execute(ADD, [user])
