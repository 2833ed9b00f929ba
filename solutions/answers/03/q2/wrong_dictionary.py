# says: is a copy, made when it was enqueued
import mails


def remind(user):
    mails.send(user["mail"], f"{user['name']}, read ten pages")


def enqueue_reminder(queue, user):
    return queue.enqueue(remind, vars(user)).id
