# says: the second treats it as a failed attempt
def by_morning():
    right = dict(ada=("failed", 1), bob=("finished", 2), cleo=("failed", 1), dora=("finished", 2))
    right |= dict(emil=("finished", 1), fay=("failed", 0), gus=("finished", 1), hal=("queued", 0))
    return right | {"fay": ("finished", 1)}
