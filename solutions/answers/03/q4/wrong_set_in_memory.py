# says: The user would click in vain
import habits

seen = {}


def remind_me(queue, user_id, day):
    if (user_id, day) not in seen:
        id = f"remind-{user_id}-{day}"
        if queue.fetch_job(id) is None:
            queue.enqueue(habits.remind, user_id, day, job_id=id, result_ttl=90_000)
        seen[user_id, day] = id
    return seen[user_id, day]
