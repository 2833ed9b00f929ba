# says: `requeue` takes a job out of the *failed* ones
from rq.job import Job


def rescue(queue):
    rescued = []
    for id in queue.started_job_registry.get_expired_job_ids():
        Job.fetch(id, connection=queue.connection).requeue()
        rescued.append(id)
    return rescued
