# says: whatever its version
import os

from redis import Redis

redis = Redis.from_url(os.environ["REDIS_URL"])


def set_plan(user, plan, version):
    known = int(redis.hget(f"plan:{user}", "version") or 0)
    if version == known + 1:
        redis.hset(f"plan:{user}", mapping={"plan": plan, "version": version})
