import mails


class Digest:
    @staticmethod
    def send(user, week):
        mails.send(user, f"your week {week}")


def enqueue_digests(queue, week, users):
    return [queue.enqueue(Digest.send, user, week).id for user in users]
