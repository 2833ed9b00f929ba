import zlib


def holds(redis, address):
    found = set()
    for key in redis.scan_iter("rq:job:*", _type="hash"):
        job = redis.hgetall(key)
        stored = job[b"description"] + b" " + zlib.decompress(job[b"data"])
        if address.encode() in stored:
            found.add(key.decode()[7:])
    return found
