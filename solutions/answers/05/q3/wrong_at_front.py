# says: the one behind it runs first
import os

from redis import Redis
from rq import get_current_job

redis = Redis.from_url(os.environ["REDIS_URL"])
def set_plan(user, plan, version):
    job = get_current_job()
    job.enqueue_at_front_on_retry = True
    redis.hset(f"plan:{user}", mapping={"plan": plan, "version": version})
