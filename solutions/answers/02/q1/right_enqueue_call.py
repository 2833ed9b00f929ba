import exports


def order_export(queue, user):
    job = queue.enqueue_call(exports.make, (user,), {"form": "csv"}, result_ttl=24 * 60 * 60)
    return job.id
