from dataclasses import dataclass

import mails


@dataclass
class Digest:
    user: str
    week: int

    def send(self):
        mails.send(self.user, f"your week {self.week}")


def enqueue_digests(queue, week, users):
    return [queue.enqueue(Digest(user, week).send).id for user in users]
