# says: make a number of it
import os

from redis import Redis

redis = Redis.from_url(os.environ["REDIS_URL"])


def set_plan(user, plan, version):
    known = redis.hget(f"plan:{user}", "version") or b""
    if str(version).encode() > known:
        redis.hset(f"plan:{user}", mapping={"plan": plan, "version": version})
