import os

from redis import Redis
from shop import post_charge

redis = Redis.from_url(os.environ["REDIS_URL"])

def charge(order):
    if redis.exists(f"my:charged:{order}"):
        return
    post_charge(order, key=order)
    redis.set(f"my:charged:{order}", 1)
