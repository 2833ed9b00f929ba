# says: the call does not fit its parameters
def why(job, listening):
    if not job.is_failed:
        return "patience" if job.origin in listening else "queue"
    error = job.latest_result().exc_string.strip().splitlines()[-1]
    if "Invalid attribute name" in error:
        return "name"
    return "arguments" if "missing" in error else "function"
