# says: Logs are copied, searched and kept by many
import logging

import database
import mails


def remind(user_id):
    user = database.get_user(user_id)
    mails.send(user.mail, f"{user.name}, read ten pages")


def enqueue_reminder(queue, user):
    logging.warning("a reminder for %s", user)
    return queue.enqueue(remind, user.id).id
