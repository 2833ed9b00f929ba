# says: and its `str()` is not: that is `JobStatus.FINISHED`
from rq.exceptions import InvalidJobOperation


def outcome(job):
    try:
        return {"finished": "done", "failed": "failed"}.get(str(job.get_status()), "waiting")
    except InvalidJobOperation:
        return "expired"
