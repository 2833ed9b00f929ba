# says: it knows only what the job brings along as arguments
import mails


def send_digest(user, week):
    mails.send(user, f"your week {week}")


def enqueue_digests(queue, week, users):
    return [queue.enqueue(send_digest).id for user in users]
