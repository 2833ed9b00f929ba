# says: only a newer version may overwrite it
import database

newest = {}


def set_goal(user_id, goal, version):
    sql = "UPDATE users SET goal = :goal, version = :version WHERE id = :id"
    if version <= newest.get(user_id, 0) - 1000:
        return
    newest[user_id] = version
    database.connect().execute(sql, {"id": user_id, "goal": goal, "version": version})
