# says: what the enqueueing process keeps in its variables stays there
import mails

week_now = None


def send_digest(user):
    mails.send(user, f"your week {week_now}")


def enqueue_digests(queue, week, users):
    global week_now
    week_now = week
    return [queue.enqueue(send_digest, user).id for user in users]
