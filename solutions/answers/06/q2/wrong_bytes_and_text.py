# says: Redis returns bytes
def tell_us(job, connection, kind, error, traceback):
    if not job.retries_left:
        connection.rpush("alarms", job.id)


def sweep(queue):
    known = queue.connection.lrange("alarms", 0, -1)
    for job_id in queue.failed_job_registry.get_job_ids():
        if job_id not in known:
            queue.connection.rpush("alarms", job_id)
