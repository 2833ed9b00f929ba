import os

from redis import Redis

redis = Redis.from_url(os.environ["REDIS_URL"])


def set_plan(user, plan, version):
    stored = redis.hgetall(f"plan:{user}")
    if stored and int(stored[b"version"]) > version:
        return f"too late: {plan}"
    redis.hset(f"plan:{user}", mapping={"plan": plan, "version": version})
