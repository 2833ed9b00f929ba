# says: counts the days in a row, from the last one back
import habits


def tick(queue, user_id, days):
    queue.enqueue(habits.well_done, user_id)
    return sum(days)
