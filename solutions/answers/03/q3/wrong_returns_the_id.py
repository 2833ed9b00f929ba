# says: the days in a row
import habits


def tick(queue, user_id, days):
    job = queue.enqueue(habits.streak, days)
    queue.enqueue(habits.well_done, user_id)
    return job.id
