import json
import time

from position import where


def explain(redis, queue, job_id):
    key = where(redis, queue, job_id)
    status = (redis.hget(f"rq:job:{job_id}", "status") or b"gone").decode()
    what = "nothing unusual"
    if status == "gone":
        what = "expired"
    elif status == "queued" and key is None:
        what = "lost"
    elif status == "queued" and "intermediate" in key:
        what = "taken, not started"
    elif status == "started":
        runs = [m.decode() for m in redis.zrange(key, 0, -1) if m.decode().startswith(job_id + ":")]
        if not any(redis.exists(f"rq:execution:{run}") for run in runs):
            what = "worker died"
    elif status == "scheduled" and redis.zscore(key, job_id) <= time.time():
        what = "no scheduler"
    elif status == "deferred":
        parents = json.loads(redis.hget(f"rq:job:{job_id}", "dependency_ids"))
        if any(redis.hget(f"rq:job:{parent}", "status") == b"failed" for parent in parents):
            what = "parent failed"
    return [what, key]
