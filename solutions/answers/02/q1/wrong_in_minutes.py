# says: in seconds after the end
import exports


def order_export(queue, user):
    job = queue.enqueue(exports.make, user, form="csv", result_ttl=24 * 60)
    return job.id
