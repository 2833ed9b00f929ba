import mails


class Digest:
    def __init__(self, user, week):
        self.user, self.week = user, week

    def __call__(self):
        mails.send(self.user, f"your week {self.week}")


def enqueue_digests(queue, week, users):
    return [queue.enqueue(Digest(user, week)).id for user in users]
