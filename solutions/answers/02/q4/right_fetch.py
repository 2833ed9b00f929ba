from rq.exceptions import NoSuchJobError
from rq.job import Job, JobStatus


def outcome(job):
    try:
        status = Job.fetch(job.id, connection=job.connection).get_status(refresh=False)
    except NoSuchJobError:
        return "expired"
    match status:
        case JobStatus.FINISHED:
            return "done"
        case JobStatus.FAILED:
            return "failed"
        case _:
            return "waiting"
