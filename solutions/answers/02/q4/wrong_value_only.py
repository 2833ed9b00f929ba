# says: the value alone tells nothing
def outcome(job):
    return "waiting" if job.return_value() is None else "done"
