# says: `meta` is stored with the job
import database
import mails


def remind(user_id):
    user = database.get_user(user_id)
    mails.send(user.mail, f"{user.name}, read ten pages")


def enqueue_reminder(queue, user):
    notes = {"to": user.mail}
    return queue.enqueue(remind, user.id, meta=notes).id
