# says: What is made inside a function while it runs is not there
import mails


def send_digest(user, week):
    mails.send(user, f"your week {week}")


def enqueue_digests(queue, week, users):
    return [queue.enqueue("__main__.send_digest", user, week).id for user in users]
