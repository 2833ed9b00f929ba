# says: `meta` is stored with the job
import database
import mails
from rq import get_current_job


def remind(user_id):
    user = database.get_user(user_id)
    job = get_current_job()
    job.meta["to"] = user.mail
    job.save_meta()
    mails.send(user.mail, f"{user.name}, read ten pages")


def enqueue_reminder(queue, user):
    return queue.enqueue(remind, user.id).id
