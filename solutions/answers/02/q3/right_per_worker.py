def backlog(arrivals, seconds, workers):
    load = arrivals / workers * seconds
    if load == 1:
        return "stands"
    return "grows" if load > 1 else "shrinks"
