# says: A job a user: the one that fails then fails alone
import mails


def send_digests(users, week):
    for user in users:
        mails.send(user, f"your week {week}")


def enqueue_digests(queue, week, users):
    return [queue.enqueue(send_digests, users, week).id]
