# says: one job waits, its id was returned
import exports
from rq import Queue


def order_export(queue, user):
    queue = Queue(queue.name, connection=queue.connection, is_async=False)
    job = queue.enqueue(exports.make, user, form="csv", result_ttl=86_400)
    return job.id
