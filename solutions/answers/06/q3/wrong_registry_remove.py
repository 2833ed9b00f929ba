# says: its entries are runs, not jobs
from rq.intermediate_queue import IntermediateQueue


def rescue(queue):
    ids = queue.started_job_registry.get_expired_job_ids()
    for id in ids:
        job = queue.fetch_job(id)
        queue.started_job_registry.remove(job)
        queue.enqueue_job(job)
    taken = IntermediateQueue(queue.key, queue.connection)
    for id in taken.get_job_ids():
        if taken.should_be_cleaned_up(id):
            queue.push_job_id(id)
            taken.remove(id)
            ids.append(id)
    return ids
