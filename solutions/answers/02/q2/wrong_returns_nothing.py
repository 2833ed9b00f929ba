# says: return a list of their ids, `job.id` of each
import mails


def enqueue_digests(queue, week, users):
    for user in users:
        queue.enqueue(mails.send, user, f"your week {week}")
