# says: one job waits, its id was returned
import exports


def order_export(queue, user):
    queue.enqueue(exports.make, user)
    job = queue.enqueue(exports.make, user, form="csv", result_ttl=86_400)
    return job.id
