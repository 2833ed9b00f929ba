# says: Compressed is not protected
def holds(redis, address):
    text, found = address.encode(), []
    for key in redis.scan_iter("rq:job:*", _type="hash"):
        if any(text in value for value in redis.hgetall(key).values()):
            found.append(key.decode().removeprefix("rq:job:"))
    return found
