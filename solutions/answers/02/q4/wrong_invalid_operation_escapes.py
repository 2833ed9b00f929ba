# says: the page that asks must not break
def outcome(job):
    if job.is_finished:
        return "done"
    return "failed" if job.is_failed else "waiting"
