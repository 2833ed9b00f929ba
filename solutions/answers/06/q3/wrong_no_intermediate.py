# says: Look into the intermediate list, too
def rescue(queue):
    registry = queue.started_job_registry
    dead = registry.get_expired_job_ids()
    registry.cleanup()
    failed = queue.failed_job_registry.get_job_ids()
    for id in dead:
        if id in failed:
            queue.failed_job_registry.requeue(id)
    return dead
