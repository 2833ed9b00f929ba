# says: The job calls the function with what it needs
import habits


def tick(queue, user_id, days):
    queue.enqueue(habits.well_done, [user_id])
    return habits.streak(days)
