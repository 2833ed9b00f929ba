# says: A lease only chooses
import os
from uuid import uuid4

from redis import Redis
from shop import post_charge

redis = Redis.from_url(os.environ["REDIS_URL"])

def charge(order):
    if redis.exists(f"my:charged:{order}"):
        return
    token = str(uuid4())
    if not redis.set(f"my:lease:{order}", token, nx=True, px=60_000):
        raise RuntimeError("somebody else is at it")
    try:
        post_charge(order)
        redis.set(f"my:charged:{order}", 1)
    finally:
        if redis.get(f"my:lease:{order}") == token.encode():
            redis.delete(f"my:lease:{order}")
