def outcome(job):
    status = job.connection.hget(f"rq:job:{job.id}", "status")
    if status is None:
        return "expired"
    return {b"finished": "done", b"failed": "failed"}.get(status, "waiting")
