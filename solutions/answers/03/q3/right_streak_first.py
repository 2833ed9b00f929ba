import habits


def tick(queue, user_id, days):
    streak = habits.streak(days)
    queue.enqueue("habits.well_done", user_id)
    return streak
