# says: RQ writes a description of the call
import database
import mails


def remind(user_id):
    user = database.get_user(user_id)
    mails.send(user.mail, f"{user.name}, read ten pages")


def enqueue_reminder(queue, user):
    return queue.enqueue(remind, user.id, description=f"remind {user.mail}").id
