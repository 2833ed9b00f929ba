# says: `outcome(job)` of a job that is waiting
from rq.exceptions import InvalidJobOperation


def outcome(job):
    try:
        return job.get_status()
    except InvalidJobOperation:
        return "expired"
