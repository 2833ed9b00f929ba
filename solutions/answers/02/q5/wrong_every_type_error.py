# says: a TypeError or ValueError of its own is not one of the call
def why(job, listening):
    if not job.is_failed:
        return "patience" if job.origin in listening else "queue"
    error = job.latest_result().exc_string
    if "Invalid attribute name" in error:
        return "name"
    return "arguments" if "TypeError" in error else "function"
