# says: Order is not promised
import os

from redis import Redis

redis = Redis.from_url(os.environ["REDIS_URL"])


seen = {}


def set_plan(user, plan, version):
    redis.hset(f"plan:{user}", mapping={"plan": plan, "version": version})
    seen[user] = version
