# says: A page that waits for a job waits for a worker
import time

from rq.exceptions import InvalidJobOperation


def outcome(job):
    try:
        while not job.is_finished and not job.is_failed:
            time.sleep(0.1)
        return "done" if job.is_finished else "failed"
    except InvalidJobOperation:
        return "expired"
