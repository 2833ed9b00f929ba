from rq import Queue


def why(job, listening):
    queue = Queue(job.origin, connection=job.connection)
    if job.id in queue.get_job_ids():
        if queue.name not in listening:
            return "queue"
        return "patience"
    job.refresh()
    error = job.exc_info.strip().splitlines()[-1]
    if error.startswith("ValueError: Invalid attribute"):
        return "name"
    function = job.func_name.split(".")[-1]
    for words in ("missing", "takes", "got an unexpected keyword"):
        if error.startswith(f"TypeError: {function}() {words}"):
            return "arguments"
    return "function"
