# says: stays so, and the retries do nothing
import os

from redis import Redis
from shop import post_charge

redis = Redis.from_url(os.environ["REDIS_URL"])

def charge(order):
    if redis.set(f"my:charged:{order}", 1, nx=True):
        try:
            post_charge(order, key=order)
        except Exception:
            redis.delete(f"my:charged:{order}")
            raise
