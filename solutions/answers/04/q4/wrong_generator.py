# says: a generator
import zlib


def holds(redis, address):
    text = address.encode()
    for key in redis.scan_iter("rq:job:*", _type="hash"):
        job = redis.hgetall(key)
        if text in job[b"description"] or text in zlib.decompress(job[b"data"]):
            yield key.decode().removeprefix("rq:job:")
