# says: seconds of work
def backlog(arrivals, seconds, workers):
    if arrivals / seconds > workers:
        return "grows"
    return "shrinks" if arrivals / seconds < workers else "stands"
