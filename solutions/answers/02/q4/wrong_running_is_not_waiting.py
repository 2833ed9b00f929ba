# says: Who reads anything else here will enqueue it a second time
from rq.exceptions import InvalidJobOperation


def outcome(job):
    try:
        status = job.get_status()
    except InvalidJobOperation:
        return "expired"
    return {"queued": "waiting", "scheduled": "waiting", "finished": "done", "failed": "failed"}.get(status)
