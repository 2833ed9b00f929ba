# says: A mark of yours comes too early or too late
import os

from redis import Redis
from shop import post_charge

redis = Redis.from_url(os.environ["REDIS_URL"])

def charge(order):
    if not redis.exists(f"my:charged:{order}"):
        post_charge(order)
        redis.set(f"my:charged:{order}", 1)
