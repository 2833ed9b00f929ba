# says: in its description
import zlib


def holds(redis, address):
    text, found = address.encode(), []
    for key in redis.scan_iter("rq:job:*", _type="hash"):
        if text in zlib.decompress(redis.hget(key, "data")):
            found.append(key.decode().removeprefix("rq:job:"))
    return found
