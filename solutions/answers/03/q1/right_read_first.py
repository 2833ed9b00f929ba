import database


def set_goal(user_id, goal, version):
    db = database.connect()
    for (known,) in db.execute("SELECT version FROM users WHERE id = ?", [user_id]).fetchall():
        if known < version:
            db.execute("UPDATE users SET goal = ?, version = ? WHERE id = ?", [goal, version, user_id])
