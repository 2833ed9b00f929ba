# says: `ttl` and `job_timeout` are about waiting and running
import exports


def order_export(queue, user):
    job = queue.enqueue(exports.make, user, form="csv", job_timeout=86_400)
    return job.id
