def backlog(arrivals, seconds, workers):
    capacity = workers / seconds
    if capacity < arrivals:
        return "grows"
    elif capacity > arrivals:
        return "shrinks"
    return "stands"
