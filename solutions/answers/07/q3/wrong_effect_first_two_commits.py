# says: did not know and counted again
from shop import database

ADD = "INSERT INTO streaks VALUES (?, 1) ON CONFLICT DO UPDATE SET days = days + 1"

def credit(user, day):
    with database() as db:
        done = db.execute("SELECT 1 FROM credited WHERE user = ? AND day = ?", [user, day]).fetchone()
    if not done:
        with database() as db:
            db.execute(ADD, [user])
        with database() as db:
            db.execute("INSERT OR IGNORE INTO credited VALUES (?, ?)", [user, day])
