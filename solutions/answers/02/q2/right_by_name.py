import mails


def send_digest(user, text):
    mails.send(user, text)


def enqueue_digests(queue, week, users):
    ids = []
    for user in users:
        job = queue.enqueue("digest.send_digest", user=user, text=f"your week {week}")
        ids.append(job.id)
    return ids
