import exports


def order_export(queue, user):
    job = queue.enqueue(exports.make, args=[user], kwargs={"form": "csv"}, result_ttl=86_400)
    return job.id
