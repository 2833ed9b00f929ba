# says: That is no failure of the job
def outcome(job):
    try:
        status = job.get_status()
    except Exception:
        return "done"
    return {"finished": "done", "failed": "failed"}.get(status, "waiting")
