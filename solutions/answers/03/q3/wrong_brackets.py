# says: and what it returns, None, is enqueued
import habits


def tick(queue, user_id, days):
    queue.enqueue(habits.well_done(user_id))
    return habits.streak(days)
