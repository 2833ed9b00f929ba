from shop import database

ADD = "INSERT INTO streaks VALUES (?, 1) ON CONFLICT DO UPDATE SET days = days + 1"

def credit(user, day):
    db = database()
    db.execute("BEGIN IMMEDIATE")
    done = db.execute("SELECT 1 FROM credited WHERE user = ? AND day = ?", [user, day]).fetchone()
    if not done:
        db.execute(ADD, [user])
        db.execute("INSERT INTO credited VALUES (?, ?)", [user, day])
    db.commit()
