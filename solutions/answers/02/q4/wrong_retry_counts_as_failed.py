# says: it has not ended yet
from rq.exceptions import InvalidJobOperation


def outcome(job):
    try:
        status = job.get_status()
    except InvalidJobOperation:
        return "expired"
    if status in ("queued", "started"):
        return "waiting"
    return "done" if status == "finished" else "failed"
