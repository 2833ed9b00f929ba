# says: A pickle is bytes, not text
import zlib


def holds(redis, address):
    found = []
    for key in redis.scan_iter("rq:job:*", _type="hash"):
        description, data = redis.hmget(key, "description", "data")
        if address in description.decode() or address in zlib.decompress(data).decode():
            found.append(key.decode().removeprefix("rq:job:"))
    return found
