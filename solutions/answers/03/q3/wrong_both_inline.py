# says: makes the user wait for the mail provider
import habits


def tick(queue, user_id, days):
    habits.well_done(user_id)
    return habits.streak(days)
