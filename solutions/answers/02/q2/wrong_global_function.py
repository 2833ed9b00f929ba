# says: What is made inside a function while it runs is not there
import mails


def enqueue_digests(queue, week, users):
    global send_digest

    def send_digest(user):
        mails.send(user, f"your week {week}")

    send_digest.__qualname__ = "send_digest"
    return [queue.enqueue(send_digest, user).id for user in users]
