# says: is to wait for a worker
import habits


def tick(queue, user_id, days):
    job = queue.enqueue(habits.streak, days)
    queue.enqueue(habits.well_done, user_id)
    return job.latest_result(timeout=10).return_value
