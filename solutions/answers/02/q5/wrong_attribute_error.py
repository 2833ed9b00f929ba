# says: The worker could not import what the name says
def why(job, listening):
    if not job.is_failed:
        return "patience" if job.origin in listening else "queue"
    error = job.latest_result().exc_string.strip().splitlines()[-1]
    if error.startswith(("AttributeError", "ModuleNotFoundError", "ImportError")):
        return "name"
    return "arguments" if error.startswith("TypeError") and "argument" in error else "function"
