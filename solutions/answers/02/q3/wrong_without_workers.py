# says: seconds of work
def backlog(arrivals, seconds, workers):
    if arrivals * seconds > 1:
        return "grows"
    return "shrinks" if arrivals * seconds < 1 else "stands"
