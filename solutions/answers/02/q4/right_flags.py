from rq.exceptions import InvalidJobOperation, NoSuchJobError


def outcome(job):
    try:
        job.refresh()
        if job.is_finished:
            return "done"
        if job.is_failed:
            return "failed"
        return "waiting"
    except (InvalidJobOperation, NoSuchJobError):
        return "expired"
