# says: `get_status()` asks Redis
def outcome(job):
    if job.ended_at is None:
        return "waiting"
    return "failed" if job.exc_info else "done"
