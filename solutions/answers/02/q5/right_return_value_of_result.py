def why(job, listening):
    result = job.latest_result()
    if result is None:
        return "patience" if job.origin in listening else "queue"
    last = result.exc_string.strip().split("\n")[-1]
    function = job.func_name.split(".")[-1]
    if "Invalid attribute name" in last:
        return "name"
    if last.startswith(f"TypeError: {function}()"):
        return "arguments"
    return "function"
