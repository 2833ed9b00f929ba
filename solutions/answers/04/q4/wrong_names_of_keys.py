# says: the id is what stands behind `rq:job:`
import zlib


def holds(redis, address):
    found, text = [], address.encode()
    for key in redis.scan_iter("rq:job:*", _type="hash"):
        job = redis.hgetall(key)
        if text in job[b"description"] or text in zlib.decompress(job[b"data"]):
            found.append(key.decode())
    return found
