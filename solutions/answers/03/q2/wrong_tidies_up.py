# says: RQ writes a description of the call
import database
import mails
from rq import get_current_job


def remind(user):
    job = get_current_job()
    job.connection.hdel(job.key, "description", "data")
    user = database.get_user(user.id)
    mails.send(user.mail, f"{user.name}, read ten pages")


def enqueue_reminder(queue, user):
    return queue.enqueue(remind, user, result_ttl=0).id
