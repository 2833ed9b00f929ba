# says: A job for each user
import habits


def remind_all(user_ids, day):
    for user_id in user_ids:
        habits.remind(user_id, day)


def enqueue_all(queue, user_ids, day):
    return [queue.enqueue(remind_all, user_ids, day, ttl=3600).id]
