import pickletools
import zlib


def texts(data):
    return [argument for _, argument, _ in pickletools.genops(zlib.decompress(data)) if isinstance(argument, str)]

def holds(redis, address):
    ids = []
    for key in redis.scan_iter("rq:job:*", _type="hash"):
        job = redis.hgetall(key)
        if address in job[b"description"].decode() or any(address in text for text in texts(job[b"data"])):
            ids.append(key.decode().split(":", 2)[2])
    return ids
