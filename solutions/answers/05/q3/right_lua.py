import os

from redis import Redis

redis = Redis.from_url(os.environ["REDIS_URL"])


script = redis.register_script("""
local known = tonumber(redis.call('HGET', KEYS[1], 'version') or '0')
if tonumber(ARGV[2]) > known then redis.call('HSET', KEYS[1], 'plan', ARGV[1], 'version', ARGV[2]) end
""")


def set_plan(user, plan, version):
    script(keys=[f"plan:{user}"], args=[plan, version])
