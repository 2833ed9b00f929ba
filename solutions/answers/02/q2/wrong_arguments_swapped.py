# says: A job knows what its arguments say
import mails


def send_digest(week, user):
    mails.send(user, f"your week {week}")


def enqueue_digests(queue, week, users):
    return [queue.enqueue(send_digest, user, week).id for user in users]
