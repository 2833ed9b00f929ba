import sqlite3

from shop import database


def credit(user, day):
    db = database()
    try:
        with db:
            db.execute("INSERT INTO credited VALUES (?, ?)", (user, day))
            db.execute("INSERT OR IGNORE INTO streaks VALUES (?, 0)", (user,))
            db.execute("UPDATE streaks SET days = days + 1 WHERE user = ?", (user,))
    except sqlite3.IntegrityError:
        pass
    finally:
        db.close()
