# says: a function where in `%%module position`
def were(redis, queue, job_id):
    return f"rq:queue:{queue}"
