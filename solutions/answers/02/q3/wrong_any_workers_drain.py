# says: More than one worker does not mean enough
def backlog(arrivals, seconds, workers):
    return "shrinks" if workers > 1 else "grows"
