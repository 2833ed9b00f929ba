# says: seconds of work
def backlog(arrivals, seconds, workers):
    return "grows" if arrivals * seconds > workers else "shrinks"
