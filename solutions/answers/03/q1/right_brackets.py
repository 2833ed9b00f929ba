import database


def set_goal(user_id, goal, version):
    sql = "UPDATE users SET goal = :goal, version = :version WHERE id = :id"
    sql += " AND NOT (version > :version)"
    database.connect().execute(sql, {"id": user_id, "goal": goal, "version": version})
