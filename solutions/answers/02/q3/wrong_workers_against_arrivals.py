# says: seconds of work
def backlog(arrivals, seconds, workers):
    if workers < arrivals:
        return "grows"
    return "shrinks" if workers > arrivals else "stands"
