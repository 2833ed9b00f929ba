# says: Its latest result is the old failure; its status is the news
from rq.job import Job
from rq.results import Result


def outcome(job):
    if not Job.exists(job.id, connection=job.connection):
        return "expired"
    result = job.latest_result()
    if result is None:
        return "waiting"
    return "done" if result.type == Result.Type.SUCCESSFUL else "failed"
