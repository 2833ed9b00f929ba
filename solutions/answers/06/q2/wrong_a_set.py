# says: `alarms` is a set
def tell_us(job, connection, kind, error, traceback):
    if not job.retries_left:
        connection.sadd("alarms", job.id)


def sweep(queue):
    for job_id in queue.failed_job_registry.get_job_ids():
        queue.connection.sadd("alarms", job_id)
