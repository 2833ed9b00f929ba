# says: wake somebody
import os

from redis import Redis

redis = Redis.from_url(os.environ["REDIS_URL"])


def set_plan(user, plan, version):
    known = int(redis.hget(f"plan:{user}", "version") or 0)
    if version <= known:
        raise ValueError(f"version {version} is too late")
    redis.hset(f"plan:{user}", mapping={"plan": plan, "version": version})
