from rq.job import Job


def outcome(job):
    [found] = Job.fetch_many([job.id], connection=job.connection)
    if found is None:
        return "expired"
    return "done" if found.is_finished else "failed" if found.is_failed else "waiting"
