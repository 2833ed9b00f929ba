# says: A lock or a unique row is no memory of a charge
import sqlite3

from shop import database, post_charge


def charge(order):
    with database() as db:
        db.execute("CREATE TABLE IF NOT EXISTS charged (id UNIQUE)")
        new = db.execute("INSERT OR IGNORE INTO charged VALUES (?)", [order]).rowcount == 1
    if new:
        post_charge(order)
