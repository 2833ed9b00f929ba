# says: return a list of their ids, `job.id` of each
import mails


def send_digest(user, week):
    mails.send(user, f"your week {week}")


def enqueue_digests(queue, week, users):
    return [queue.enqueue(send_digest, user, week) for user in users]
