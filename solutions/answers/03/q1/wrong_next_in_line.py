# says: also where some between them never come
import database


def set_goal(user_id, goal, version):
    sql = "UPDATE users SET goal = :goal, version = :version WHERE id = :id"
    sql += " AND version = :version - 1"
    database.connect().execute(sql, {"id": user_id, "goal": goal, "version": version})
