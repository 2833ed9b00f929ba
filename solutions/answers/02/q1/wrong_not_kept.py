# says: A result that is not kept cannot be fetched
import exports


def order_export(queue, user):
    job = queue.enqueue(exports.make, user, form="csv", result_ttl=0)
    return job.id
