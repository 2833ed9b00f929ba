import os

from redis import Redis

redis = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
def set_plan(user, plan, version):
    old = redis.hgetall(f"plan:{user}")
    if not old or int(old["version"]) < version:
        redis.hset(f"plan:{user}", mapping={"plan": plan, "version": version})
