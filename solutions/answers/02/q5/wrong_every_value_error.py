# says: a TypeError or ValueError of its own is not one of the call
def why(job, listening):
    if not job.is_failed:
        return "patience" if job.origin in listening else "queue"
    error = job.latest_result().exc_string.strip().splitlines()[-1]
    if error.startswith("ValueError"):
        return "name"
    if error.startswith("TypeError") and "argument" in error:
        return "arguments"
    return "function"
