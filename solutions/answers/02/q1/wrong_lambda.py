# says: a lambda has no name that a worker could import
import exports


def order_export(queue, user):
    job = queue.enqueue(lambda: exports.make(user, form="csv"), result_ttl=86_400)
    return job.id
