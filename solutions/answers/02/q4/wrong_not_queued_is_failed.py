# says: Who reads anything else here will enqueue it a second time
from rq.exceptions import InvalidJobOperation


def outcome(job):
    try:
        if job.is_queued:
            return "waiting"
        return "done" if job.is_finished else "failed"
    except InvalidJobOperation:
        return "expired"
