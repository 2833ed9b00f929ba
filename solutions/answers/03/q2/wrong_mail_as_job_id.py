# says: Names of keys and jobs are read and logged by everybody
import database
import mails


def remind(user_id):
    user = database.get_user(user_id)
    mails.send(user.mail, f"{user.name}, read ten pages")


def enqueue_reminder(queue, user):
    id = user.mail.replace("@", "-").replace(".", "-")
    queue.connection.set("mail:" + user.mail, id)
    return queue.enqueue(remind, user.id, job_id=id).id
