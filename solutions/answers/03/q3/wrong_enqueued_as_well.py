# says: a call of microseconds is smaller than the message about it
import habits


def tick(queue, user_id, days):
    queue.enqueue(habits.streak, days)
    queue.enqueue(habits.well_done, user_id)
    return habits.streak(days)
