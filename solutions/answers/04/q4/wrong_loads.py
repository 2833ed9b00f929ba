# says: To read a pickle is to run it
import pickle
import zlib


def holds(redis, address):
    found = []
    for key in redis.scan_iter("rq:job:*", _type="hash"):
        description, data = redis.hmget(key, "description", "data")
        call = pickle.loads(zlib.decompress(data))
        if address in description.decode() or address in repr(call):
            found.append(key.decode().removeprefix("rq:job:"))
    return found
