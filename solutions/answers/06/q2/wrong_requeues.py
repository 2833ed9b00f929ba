# says: To raise an alarm is not to act
def tell_us(job, connection, kind, error, traceback):
    if not job.retries_left:
        connection.rpush("alarms", job.id)


def sweep(queue):
    for job_id in queue.failed_job_registry.get_job_ids():
        if queue.connection.lpos("alarms", job_id) is None:
            queue.connection.rpush("alarms", job_id)
        queue.failed_job_registry.requeue(job_id)
