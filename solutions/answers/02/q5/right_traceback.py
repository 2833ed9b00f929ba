def why(job, listening):
    if job.is_queued:
        return "patience" if job.origin in listening else "queue"
    job.refresh()
    text = job.latest_result().exc_string
    if "Invalid attribute name" in text:
        return "name"
    function = job.func_name.rpartition(".")[2]
    return "function" if f", in {function}\n" in text else "arguments"
