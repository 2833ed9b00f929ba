# says: found the mark and left
from shop import database

ADD = "INSERT INTO streaks VALUES (?, 1) ON CONFLICT DO UPDATE SET days = days + 1"

def credit(user, day):
    db = database()
    db.isolation_level = None
    with db:
        if db.execute("INSERT OR IGNORE INTO credited VALUES (?, ?)", [user, day]).rowcount == 1:
            db.execute(ADD, [user])
