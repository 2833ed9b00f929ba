# says: in a thread it dies with the process
from concurrent.futures import ThreadPoolExecutor

import habits

pool = ThreadPoolExecutor()


def tick(queue, user_id, days):
    pool.submit(habits.well_done, user_id)
    return habits.streak(days)
