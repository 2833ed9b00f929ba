# says: ask Redis for its status
def why(job, listening):
    if job.get_status(refresh=False) != "failed":
        return "patience" if job.origin in listening else "queue"
    return "function"
