# says: Order is not promised
import os

from redis import Redis

redis = Redis.from_url(os.environ["REDIS_URL"])


def set_plan(user, plan, version):
    redis.hsetnx(f"plan:{user}", "plan", plan)
    redis.hsetnx(f"plan:{user}", "version", version)
