# says: RQ writes a description of the call
import database
import mails


def remind(user):
    user = database.get_user(user.id)
    mails.send(user.mail, f"{user.name}, read ten pages")


def enqueue_reminder(queue, user):
    return queue.enqueue(remind, user).id
