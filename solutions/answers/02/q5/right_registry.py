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
    for words in ("missing", "takes", "unexpected keyword"):
        if error.startswith("TypeError") and words in error:
            return "arguments"
    return "function"
