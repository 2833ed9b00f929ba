# says: a random id makes two jobs
import habits


def remind_me(queue, user_id, day):
    return queue.enqueue(habits.remind, user_id, day).id
