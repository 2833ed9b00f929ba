# says: sent was: a mail to the old address
from functools import cache

import database
import mails

get_user = cache(database.get_user)


def remind(user_id, mail=None):
    user = get_user(user_id)
    mails.send(mail or user.mail, f"{user.name}, read ten pages")


def enqueue_reminder(queue, user):
    return queue.enqueue(remind, user.id, user.mail).id
