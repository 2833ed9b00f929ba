# says: said *done* before it was done
import os

from redis import Redis
from shop import post_charge

redis = Redis.from_url(os.environ["REDIS_URL"])

def charge(order):
    if redis.set(f"my:charged:{order}", 1, nx=True):
        post_charge(order)
