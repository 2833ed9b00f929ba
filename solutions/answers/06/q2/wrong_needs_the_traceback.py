# says: the worker's log says: AttributeError
def tell_us(job, connection, kind, error, traceback):
    if not job.retries_left:
        print(f"{job.id} failed in line {traceback.tb_lineno}")
        connection.rpush("alarms", job.id)


def sweep(queue):
    redis = queue.connection
    for job_id in queue.failed_job_registry.get_job_ids():
        if redis.lpos("alarms", job_id) is None:
            redis.rpush("alarms", job_id)
