# says: once, when the job runs
import database
import mails


def remind(user_id):
    user = database.get_user(user_id)
    mails.send(user.mail, f"{user.name}, read ten pages")


def enqueue_reminder(queue, user):
    remind(user.id)
    return queue.enqueue(remind, user.id).id
