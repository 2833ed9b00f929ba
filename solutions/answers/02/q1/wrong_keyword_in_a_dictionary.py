# says: the arguments as in a call
import exports


def order_export(queue, user):
    job = queue.enqueue(exports.make, user, {"form": "csv"}, result_ttl=86_400)
    return job.id
