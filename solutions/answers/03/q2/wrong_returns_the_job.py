# says: return its id, `job.id`
import database
import mails


def remind(user_id):
    user = database.get_user(user_id)
    mails.send(user.mail, f"{user.name}, read ten pages")


def enqueue_reminder(queue, user):
    return queue.enqueue(remind, user.id)
