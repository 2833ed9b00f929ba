# says: it raised AttributeError
def why(job, listening):
    if not job.is_failed:
        return "patience" if job.origin in listening else "queue"
    error = job.return_value().exc_string
    if "Invalid attribute name" in error:
        return "name"
    return "arguments" if "TypeError" in error and "argument" in error else "function"
