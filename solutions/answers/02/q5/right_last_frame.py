def why(job, listening):
    if job.get_status() == "queued":
        return "patience" if job.origin in listening else "queue"
    error = job.latest_result().exc_string
    if "Invalid attribute name" in error:
        return "name"
    last = [line for line in error.splitlines() if line.startswith("  File ")][-1]
    return "arguments" if last.endswith("in _execute") else "function"
