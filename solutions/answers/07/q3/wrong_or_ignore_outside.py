# says: found the mark and left
from shop import database

ADD = "INSERT INTO streaks VALUES (?, 1) ON CONFLICT DO UPDATE SET days = days + 1"

def mark(user, day):
    with database() as db:
        return db.execute("INSERT OR IGNORE INTO credited VALUES (?, ?)", [user, day]).rowcount == 1

def credit(user, day):
    new = mark(user, day)
    with database() as db:
        if new:
            db.execute(ADD, [user])
