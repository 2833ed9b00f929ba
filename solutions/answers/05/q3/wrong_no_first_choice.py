# says: nothing to be compared with
import os

from redis import Redis

redis = Redis.from_url(os.environ["REDIS_URL"])


def set_plan(user, plan, version):
    known = redis.hget(f"plan:{user}", "version")
    if known is not None and version > int(known):
        redis.hset(f"plan:{user}", mapping={"plan": plan, "version": version})
