from rq.job import Job


def outcome(job):
    if not Job.exists(job.id, job.connection):
        return "expired"
    if job.is_finished:
        return "done"
    return "failed" if job.is_failed else "waiting"
