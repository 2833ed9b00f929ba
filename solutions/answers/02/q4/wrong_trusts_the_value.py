# says: the value alone tells nothing
def outcome(job):
    try:
        if job.is_failed:
            return "failed"
    except Exception:
        return "expired"
    return "waiting" if job.return_value() is None else "done"
