# says: AttributeError
import database
import mails


def remind(user):
    mails.send(user.mail, f"{user.name}, read ten pages")


def enqueue_reminder(queue, user):
    return queue.enqueue(remind, user.id).id
