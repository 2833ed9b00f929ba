import inspect

from rq.job import JobStatus


def why(job, listening):
    if job.get_status() != JobStatus.FAILED:
        return "patience" if job.origin in listening else "queue"
    try:
        signature = inspect.signature(job.func)
    except ValueError:
        return "name"
    try:
        signature.bind(*job.args, **job.kwargs)
    except TypeError:
        return "arguments"
    return "function"
