import exports

ONE_DAY = 60 * 60 * 24


def order_export(queue, user):
    job = queue.enqueue(exports.make, user=user, form="csv", result_ttl=ONE_DAY, failure_ttl=ONE_DAY)
    return job.id
