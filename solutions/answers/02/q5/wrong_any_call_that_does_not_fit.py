# says: an error of the call begins with the job's own function
def why(job, listening):
    if not job.is_failed:
        return "patience" if job.origin in listening else "queue"
    error = job.latest_result().exc_string.strip().splitlines()[-1]
    if "Invalid attribute name" in error:
        return "name"
    return "arguments" if error.startswith("TypeError") and "argument" in error else "function"
