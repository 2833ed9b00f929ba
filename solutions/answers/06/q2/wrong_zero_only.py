# says: either way nobody tries again
def tell_us(job, connection, kind, error, traceback):
    if job.retries_left == 0:
        connection.rpush("alarms", job.id)


def sweep(queue):
    redis = queue.connection
    for job_id in queue.failed_job_registry.get_job_ids():
        if redis.lpos("alarms", job_id) is None:
            redis.rpush("alarms", job_id)
