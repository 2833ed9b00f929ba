# says: What is made inside a function while it runs is not there
import mails


def enqueue_digests(queue, week, users):
    def send_digest(user, week):
        mails.send(user, f"your week {week}")

    return [queue.enqueue(send_digest, user, week).id for user in users]
