# says: What is made inside a function while it runs is not there
import mails


def enqueue_digests(queue, week, users):
    ids = []
    for user in users:
        ids.append(queue.enqueue(lambda: mails.send(user, f"your week {week}")).id)
    return ids
