# says: one alarm each
def tell_us(job, connection, kind, error, traceback):
    if kind.__name__ == "AbandonedJobError" and not job.retries_left:
        connection.rpush("alarms", job.id)


def sweep(queue):
    redis = queue.connection
    for job_id in queue.failed_job_registry.get_job_ids():
        if redis.lpos("alarms", job_id) is None:
            redis.rpush("alarms", job_id)
