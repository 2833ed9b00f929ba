# says: printing is not returning
def backlog(arrivals, seconds, workers):
    work = arrivals * seconds
    print("grows" if work > workers else "shrinks" if work < workers else "stands")
