# says: What nobody removes stays
import exports


def order_export(queue, user):
    job = queue.enqueue(exports.make, user, form="csv", result_ttl=-1)
    return job.id
