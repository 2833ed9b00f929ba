def outcome(job):
    try:
        status = job.get_status().value
    except Exception:
        return "expired"
    if status == "finished":
        return "done"
    if status == "failed":
        return "failed"
    return "waiting"
