# says: makes your program wait for the mail provider
import mails


def send_digest(user, week):
    mails.send(user, f"your week {week}")


def enqueue_digests(queue, week, users):
    return [queue.enqueue(send_digest(user, week)).id for user in users]
