import mails


def enqueue_digests(queue, week, users):
    ids = []
    for user in users:
        ids.append(queue.enqueue(mails.send, user, f"your week {week}").id)
    return ids
