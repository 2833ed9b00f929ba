# says: the page that asks must not break
from rq.exceptions import InvalidJobOperation


def outcome(job):
    try:
        job.refresh()
        status = job.get_status()
    except InvalidJobOperation:
        return "expired"
    return {"finished": "done", "failed": "failed"}.get(status, "waiting")
