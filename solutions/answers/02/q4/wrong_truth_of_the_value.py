# says: 0 or [] are values, too
from rq.exceptions import InvalidJobOperation


def outcome(job):
    try:
        if job.is_failed:
            return "failed"
        if job.is_finished and job.return_value() is None:
            return "done"
    except InvalidJobOperation:
        return "expired"
    return "done" if job.return_value() else "waiting"
