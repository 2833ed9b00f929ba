# says: The payload is compressed, not encrypted
import database
import mails


def remind(user):
    user = database.get_user(user.id)
    mails.send(user.mail, f"{user.name}, read ten pages")


def enqueue_reminder(queue, user):
    return queue.enqueue(remind, user, description=f"remind {user.id}").id
