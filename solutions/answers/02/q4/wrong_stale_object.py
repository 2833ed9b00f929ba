# says: `get_status()` asks Redis
def outcome(job):
    status = job.get_status(refresh=False)
    return {"finished": "done", "failed": "failed"}.get(status, "waiting")
