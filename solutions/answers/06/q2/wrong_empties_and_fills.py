# says: who empties the list and fills it again
def tell_us(job, connection, kind, error, traceback):
    if not job.retries_left:
        connection.rpush("alarms", job.id)


def sweep(queue):
    redis = queue.connection
    redis.delete("alarms")
    for job_id in queue.failed_job_registry.get_job_ids():
        redis.rpush("alarms", job_id)
