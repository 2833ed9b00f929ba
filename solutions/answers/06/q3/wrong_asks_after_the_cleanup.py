# says: ask before it
from rq.intermediate_queue import IntermediateQueue


def rescue(queue):
    queue.started_job_registry.cleanup()
    ids = queue.started_job_registry.get_expired_job_ids()
    for id in ids:
        queue.failed_job_registry.requeue(id)
    taken = IntermediateQueue(queue.key, queue.connection)
    for id in taken.get_job_ids():
        if taken.should_be_cleaned_up(id):
            queue.push_job_id(id)
            taken.remove(id)
            ids.append(id)
    return ids
