# says: in a thread it dies with the process
from threading import Thread

import habits


def tick(queue, user_id, days):
    Thread(target=habits.well_done, args=[user_id]).start()
    return habits.streak(days)
