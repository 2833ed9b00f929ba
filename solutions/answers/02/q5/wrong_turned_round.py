# says: It waits for ever and raises nothing
def why(job, listening):
    if not job.is_failed:
        return "queue" if job.origin in listening else "patience"
    error = job.latest_result().exc_string.strip().splitlines()[-1]
    if "Invalid attribute name" in error:
        return "name"
    return "arguments" if error.startswith("TypeError") and "argument" in error else "function"
