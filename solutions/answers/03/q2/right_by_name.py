import database
import mails


def remind(user_id):
    user = database.get_user(user_id)
    mails.send(user.mail, user.name + ", read ten pages")
    return user_id


def enqueue_reminder(queue, user):
    job = queue.enqueue("reminding.remind", user.id, job_id=f"remind-{user.id}")
    return job.id
