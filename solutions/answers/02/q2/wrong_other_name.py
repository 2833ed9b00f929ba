# says: What is made inside a function while it runs is not there
import mails


def enqueue_digests(queue, week, users):
    ids = []
    for user in users:

        def send_digest():
            mails.send(user, f"your week {week}")

        ids.append(queue.enqueue("digest.send_digest").id)
    return ids
