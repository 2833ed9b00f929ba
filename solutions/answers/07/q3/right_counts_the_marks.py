from shop import database


def credit(user, day):
    with database() as db:
        db.execute("INSERT OR IGNORE INTO credited VALUES (?, ?)", [user, day])
        (days,) = db.execute("SELECT count(*) FROM credited WHERE user = ?", [user]).fetchone()
        db.execute("INSERT OR REPLACE INTO streaks VALUES (?, ?)", [user, days])
