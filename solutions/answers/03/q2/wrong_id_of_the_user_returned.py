# says: one job, its id returned
import database
import mails


def remind(user_id):
    user = database.get_user(user_id)
    mails.send(user.mail, f"{user.name}, read ten pages")


def enqueue_reminder(queue, user):
    queue.enqueue(remind, user.id)
    return user.id
