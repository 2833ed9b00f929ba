import habits


def tick(queue, user_id, days):
    queue.enqueue_call(habits.well_done, args=(user_id,), ttl=3600)
    return habits.streak(days)
