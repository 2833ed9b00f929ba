# says: becomes a job
import habits


def tick(queue, user_id, days):
    return habits.streak(days)
