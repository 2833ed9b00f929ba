# says: a job for each user, their ids returned
import mails


def send_digest(user, week):
    mails.send(user, f"your week {week}")


def enqueue_digests(queue, week, users):
    ids = []
    for user in users:
        job = queue.enqueue(send_digest, user, week)
    ids.append(job.id)
    return ids
