# says: no other field
import os

from redis import Redis

redis = Redis.from_url(os.environ["REDIS_URL"])


def set_plan(user, plan, version):
    known = int(redis.hget(f"plan:{user}", "version") or 0)
    if version > known:
        redis.hset(f"plan:{user}", "plan", plan)
