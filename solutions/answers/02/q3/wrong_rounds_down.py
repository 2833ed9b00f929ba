# says: seconds of work
def backlog(arrivals, seconds, workers):
    work = arrivals * seconds // 1
    if work > workers:
        return "grows"
    return "shrinks" if work < workers else "stands"
