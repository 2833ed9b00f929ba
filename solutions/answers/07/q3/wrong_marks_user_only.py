# says: Two runs for one day count once
from shop import database

ADD = "INSERT INTO streaks VALUES (?, 1) ON CONFLICT DO UPDATE SET days = days + 1"

def credit(user, day):
    with database() as db:
        if db.execute("INSERT OR IGNORE INTO credited VALUES (?, ?)", [user, ""]).rowcount == 1:
            db.execute(ADD, [user])
