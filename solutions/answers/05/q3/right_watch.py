import os

from redis import Redis

redis = Redis.from_url(os.environ["REDIS_URL"])


def set_plan(user, plan, version):
    key = f"plan:{user}"

    def update(pipe):
        known = int(pipe.hget(key, "version") or 0)
        pipe.multi()
        if version > known:
            pipe.hset(key, mapping={"plan": plan, "version": version})

    redis.transaction(update, key)
