# says: What nobody removes stays
import exports


def order_export(queue, user):
    job = queue.enqueue(exports.make, user, form="csv", result_ttl=24 * 3600 * 1000)
    return job.id
