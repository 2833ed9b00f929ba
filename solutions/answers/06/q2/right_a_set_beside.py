def once(redis, job_id):
    if redis.sadd("alarms:told", job_id):
        redis.rpush("alarms", job_id)


def tell_us(job, connection, kind, error, traceback):
    if job.retries_left is None or job.retries_left == 0:
        once(connection, job.id)


def sweep(queue):
    for job_id in queue.failed_job_registry.get_job_ids():
        once(queue.connection, job_id)
