# says: the value alone tells nothing
from rq.exceptions import InvalidJobOperation


def outcome(job):
    try:
        if job.is_finished:
            return "expired" if job.return_value() is None else "done"
        return "failed" if job.is_failed else "waiting"
    except InvalidJobOperation:
        return "expired"
