# says: Look, then write
from shop import database

ADD = "INSERT INTO streaks VALUES (?, 1) ON CONFLICT DO UPDATE SET days = days + 1"

def credit(user, day):
    with database() as db:
        done = db.execute("SELECT 1 FROM credited WHERE user = ? AND day = ?", [user, day]).fetchone()
        if not done:
            db.execute(ADD, [user])
            db.execute("INSERT OR IGNORE INTO credited VALUES (?, ?)", [user, day])
