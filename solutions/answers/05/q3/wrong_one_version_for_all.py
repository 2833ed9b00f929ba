# says: five choices of each of four users
import os

from redis import Redis

redis = Redis.from_url(os.environ["REDIS_URL"])


def set_plan(user, plan, version):
    if version > int(redis.get("plan:newest") or 0):
        redis.set("plan:newest", version)
        redis.hset(f"plan:{user}", mapping={"plan": plan, "version": version})
