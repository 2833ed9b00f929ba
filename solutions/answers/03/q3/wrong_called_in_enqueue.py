# says: the mail was sent before `tick` returned
import habits


def tick(queue, user_id, days):
    queue.enqueue("habits.streak", habits.well_done(user_id))
    return habits.streak(days)
