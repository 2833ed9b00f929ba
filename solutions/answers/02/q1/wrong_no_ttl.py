# says: By default a result is kept for 500 seconds
import exports


def order_export(queue, user):
    job = queue.enqueue(exports.make, user, form="csv")
    return job.id
