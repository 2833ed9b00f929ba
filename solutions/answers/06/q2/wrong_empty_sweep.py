# says: only the failed registry tells
def tell_us(job, connection, kind, error, traceback):
    if not job.retries_left:
        connection.rpush("alarms", job.id)


def sweep(queue):
    pass
