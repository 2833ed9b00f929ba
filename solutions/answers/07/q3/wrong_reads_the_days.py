# says: Look, then write
from shop import database

ADD = "INSERT INTO streaks VALUES (?, 1) ON CONFLICT DO UPDATE SET days = days + 1"

def credit(user, day):
    with database() as db:
        row = db.execute("SELECT days FROM streaks WHERE user = ?", [user]).fetchone()
        if db.execute("INSERT OR IGNORE INTO credited VALUES (?, ?)", [user, day]).rowcount == 1:
            db.execute("INSERT OR REPLACE INTO streaks VALUES (?, ?)", [user, (row[0] if row else 0) + 1])
