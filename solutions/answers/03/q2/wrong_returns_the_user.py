# says: What a job returns is stored, too
import database
import mails


def remind(user_id):
    user = database.get_user(user_id)
    mails.send(user.mail, f"{user.name}, read ten pages")
    return user


def enqueue_reminder(queue, user):
    return queue.enqueue(remind, user.id).id
