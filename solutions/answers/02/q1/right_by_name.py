import exports


def order_export(queue, user):
    job = queue.enqueue("exports.make", user, "csv", result_ttl="24h")
    return job.id
