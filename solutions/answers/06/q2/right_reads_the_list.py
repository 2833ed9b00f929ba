def tell_us(job, connection, kind, error, traceback):
    line = traceback.tb_lineno if traceback else "unknown"
    if job.retries_left and job.retries_left > 0:
        print(f"{job.id} failed in line {line}, and will be tried again")
        return
    connection.rpush("alarms", job.id)


def sweep(queue):
    redis = queue.connection
    known = {alarm.decode() for alarm in redis.lrange("alarms", 0, -1)}
    for job_id in queue.failed_job_registry.get_job_ids():
        if job_id not in known:
            redis.rpush("alarms", job_id)
