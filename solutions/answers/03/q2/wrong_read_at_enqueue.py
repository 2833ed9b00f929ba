# says: is a copy, made when it was enqueued
import database
import mails


def remind(mail, name):
    mails.send(mail, f"{name}, read ten pages")


def enqueue_reminder(queue, user):
    user = database.get_user(user.id)
    return queue.enqueue(remind, user.mail, user.name).id
