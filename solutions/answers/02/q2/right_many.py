import mails
from rq import Queue


def enqueue_digests(queue, week, users):
    calls = [Queue.prepare_data(mails.send, [user, f"your week {week}"]) for user in users]
    return [job.id for job in queue.enqueue_many(calls)]
