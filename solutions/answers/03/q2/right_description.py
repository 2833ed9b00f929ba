import database
import mails


def remind(user_id):
    user = database.get_user(user_id)
    mails.send(user.mail, f"{user.name}, read ten pages")


def enqueue_reminder(queue, user):
    return queue.enqueue(remind, user_id=user.id, description="remind a user", meta={"to": user.id}).id
