# says: A page that waits for a job waits for a worker
from rq.exceptions import InvalidJobOperation


def outcome(job):
    try:
        job.latest_result(timeout=5)
        return {"finished": "done", "failed": "failed"}.get(job.get_status(), "waiting")
    except InvalidJobOperation:
        return "expired"
